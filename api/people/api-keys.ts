import { z } from '@hono/zod-openapi';
import { asStaff } from '#db/acting.ts';
import { ApiKey } from '#db/entities/index.ts';
import { createRoute, router } from '../http/router.ts';
import { auditRequest, staffOf, type Parts, type StaffActor } from '../http/context.ts';
import { Id, IdempotencyKey, json } from '../contracts/common.ts';
import { ApiKeyList, CreateApiKey, NewApiKeyView, type ApiKeyView } from '../contracts/people.ts';
import { createApiKey, LICENSE_SCOPE } from './auth/api-keys.ts';
import { isPermission, PERMISSIONS } from './auth/permissions.ts';
import { once } from '../http/idempotency.ts';
import { addressList } from '../http/middleware/network.ts';
import { notFound, Problem } from '../http/problem.ts';

const tags = ['People'];
const access = { actor: 'staff', permission: 'staff.write' } as const;

const list = createRoute({
  method: 'get',
  path: '/api-keys',
  tags,
  summary: 'API keys that are good',
  access,
  responses: { 200: { description: 'Never with the key itself', content: json(ApiKeyList) } },
});
const create = createRoute({
  method: 'post',
  path: '/api-keys',
  tags,
  summary: 'Make an API key',
  description: 'It acts for you, and may do nothing you may not; one for `license:validate` acts for nobody.',
  access: { ...access, fresh: true },
  request: { headers: IdempotencyKey, body: { required: true, content: json(CreateApiKey) } },
  responses: { 201: { description: 'The key, shown once', content: json(NewApiKeyView) } },
});
const revoke = createRoute({
  method: 'delete',
  path: '/api-keys/{id}',
  tags,
  summary: 'Revoke an API key at once',
  access: { ...access, fresh: true },
  request: { params: z.object({ id: Id }) },
  responses: { 204: { description: 'Revoked' } },
});

export const apiKeyRoutes = ({ orm, sealer }: Parts) =>
  router()
    .openapi(list, async (c) => {
      const asOf = c.get('asOf');
      const keys = await asStaff(orm, (em) =>
        em.find(
          ApiKey,
          { revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: asOf } }] },
          { orderBy: { createdAt: 'asc' }, limit: 1000 },
        ),
      );
      return c.json({ api_keys: keys.map(view) }, 200);
    })
    .openapi(create, async (c) => {
      const staff = staffOf(c);
      const wish = c.req.valid('json');
      assertScopes(staff, wish.scopes);
      assertNetworks(wish.allowed_networks);
      const asOf = c.get('asOf');
      const answer = await asStaff(orm, (em) =>
        once(
          c,
          em,
          async () => {
            const forPanel = wish.scopes.includes(LICENSE_SCOPE);
            const { id, key } = createApiKey(
              em,
              {
                name: wish.name,
                scopes: wish.scopes,
                allowedNetworks: wish.allowed_networks,
                userId: forPanel ? null : staff.userId,
                expiresAt: wish.expires_at ? new Date(wish.expires_at) : null,
              },
              asOf,
            );
            auditRequest(c, em, {
              action: 'api_key.made',
              object: { type: 'api_key', id },
              after: { name: wish.name, scopes: wish.scopes, allowedNetworks: wish.allowed_networks },
            });
            return { ...view(await em.findOneOrFail(ApiKey, { id })), key };
          },
          { sealer },
        ),
      );
      return c.json(answer, 201);
    })
    .openapi(revoke, async (c) => {
      const { id } = c.req.valid('param');
      await asStaff(orm, async (em) => {
        const key = await em.findOne(ApiKey, { id, revokedAt: null });
        if (!key) throw notFound('API key');
        key.revokedAt = c.get('asOf');
        auditRequest(c, em, { action: 'api_key.revoked', object: { type: 'api_key', id } });
      });
      return c.body(null, 204);
    });

/** Nobody gives a key what he lacks (AUTHZ-04); a panel's key is for nothing else. */
function assertScopes(staff: StaffActor, scopes: string[]): void {
  const refuse = (detail: string) =>
    new Problem(422, 'scopes_refused', detail, { errors: [{ pointer: '/scopes', detail }] });
  if (scopes.includes(LICENSE_SCOPE)) {
    if (scopes.length > 1) throw refuse(`A key for ${LICENSE_SCOPE} can have no other scope.`);
    return;
  }
  if (scopes.includes('*')) {
    if (scopes.length > 1) throw refuse('`*` is all there is; name no other scope beside it.');
    if (staff.apiKeyId && PERMISSIONS.some((one) => !staff.permissions.has(one))) {
      throw refuse('A key with some permissions cannot make one with all.');
    }
    return;
  }
  const lacking = scopes.filter((scope) => !isPermission(scope) || !staff.permissions.has(scope));
  if (lacking.length > 0) throw refuse('A scope is no permission, or one you do not have.');
}

function assertNetworks(list: string[]): void {
  try {
    addressList(list);
  } catch {
    const detail = 'has something that is neither an address nor a CIDR range';
    throw new Problem(422, 'networks_refused', `The list of networks ${detail}.`, {
      errors: [{ pointer: '/allowed_networks', detail }],
    });
  }
}

const view = (key: ApiKey): z.infer<typeof ApiKeyView> => ({
  id: key.id,
  name: key.name,
  scopes: key.scopes,
  allowed_networks: key.allowedNetworks,
  created_at: key.createdAt.toISOString(),
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
  expires_at: key.expiresAt?.toISOString() ?? null,
});
