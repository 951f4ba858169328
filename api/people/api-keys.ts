import { z } from '@hono/zod-openapi';
import { asStaff } from '#db/acting.ts';
import { ApiKey } from '#db/entities/index.ts';
import { LOCKED, type Em } from '#db/orm.ts';
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
  description:
    'It acts for you, and may do nothing you may not; one for `license:validate` acts for nobody. One that is made with a key has at most its scopes, networks and time, and ends with it.',
  access: { ...access, fresh: true },
  request: { headers: IdempotencyKey, body: { required: true, content: json(CreateApiKey) } },
  responses: { 201: { description: 'The key, shown once', content: json(NewApiKeyView) } },
});
const revoke = createRoute({
  method: 'delete',
  path: '/api-keys/{id}',
  tags,
  summary: 'Revoke an API key at once, and those that were made with it',
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
      const asOf = c.get('asOf');
      const answer = await asStaff(orm, (em) =>
        once(
          c,
          em,
          async () => {
            const within = staff.apiKeyId ? await withinMaker(em, staff.apiKeyId, wish) : boundsOf(wish);
            const forPanel = wish.scopes.includes(LICENSE_SCOPE);
            const { id, key } = createApiKey(
              em,
              {
                name: wish.name,
                scopes: wish.scopes,
                userId: forPanel ? null : staff.userId,
                madeByKeyId: staff.apiKeyId,
                ...within,
              },
              asOf,
            );
            auditRequest(c, em, {
              action: 'api_key.made',
              object: { type: 'api_key', id },
              after: { name: wish.name, scopes: wish.scopes, madeByKey: staff.apiKeyId, ...within },
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
  const hasLess = staff.apiKeyId !== undefined && PERMISSIONS.some((one) => !staff.permissions.has(one));
  if (scopes.includes(LICENSE_SCOPE)) {
    if (scopes.length > 1) throw refuse(`A key for ${LICENSE_SCOPE} can have no other scope.`);
    if (hasLess) throw refuse(`A key with some permissions cannot make one for ${LICENSE_SCOPE}.`);
    return;
  }
  if (scopes.includes('*')) {
    if (scopes.length > 1) throw refuse('`*` is all there is; name no other scope beside it.');
    if (hasLess) throw refuse('A key with some permissions cannot make one with all.');
    return;
  }
  const lacking = scopes.filter((scope) => !isPermission(scope) || !staff.permissions.has(scope));
  if (lacking.length > 0) throw refuse('A scope is no permission, or one you do not have.');
}

interface Bounds {
  allowedNetworks: string[];
  expiresAt: Date | null;
}
type BoundsWish = Pick<z.infer<typeof CreateApiKey>, 'allowed_networks' | 'expires_at'>;
const boundsOf = ({ allowed_networks: allowedNetworks, expires_at: expiresAt }: BoundsWish): Bounds => ({
  allowedNetworks,
  expiresAt: expiresAt ? new Date(expiresAt) : null,
});

/**
 * What a key makes is at most as free as itself: what is not asked for is as the key has it.
 * @throws Problem 422 for more networks or a later end, 401 where the key was revoked in this moment
 */
async function withinMaker(em: Em, keyId: string, wish: BoundsWish): Promise<Bounds> {
  const maker = await em.findOne(ApiKey, { id: keyId, revokedAt: null }, LOCKED);
  if (!maker) throw new Problem(401, 'not_signed_in', 'The API key was revoked.');
  const { allowedNetworks, expiresAt } = boundsOf(wish);
  const own = addressList(maker.allowedNetworks);
  if (!own.empty && !allowedNetworks.every((each) => own.covers(each))) {
    throw notMore('networks_refused', '/allowed_networks', 'are more than the key has that makes this one');
  }
  if (expiresAt && maker.expiresAt && expiresAt > maker.expiresAt) {
    throw notMore('expiry_refused', '/expires_at', 'is after the end of the key that makes this one');
  }
  return {
    allowedNetworks: allowedNetworks.length > 0 ? allowedNetworks : maker.allowedNetworks,
    expiresAt: expiresAt ?? maker.expiresAt ?? null,
  };
}

const notMore = (code: string, pointer: string, detail: string) =>
  new Problem(422, code, `A key makes none that is freer than itself: ${pointer.slice(1)} ${detail}.`, {
    errors: [{ pointer, detail }],
  });

const view = (key: ApiKey): z.infer<typeof ApiKeyView> => ({
  id: key.id,
  name: key.name,
  made_by: key.madeByKeyId ?? null,
  scopes: key.scopes,
  allowed_networks: key.allowedNetworks,
  created_at: key.createdAt.toISOString(),
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
  expires_at: key.expiresAt?.toISOString() ?? null,
});
