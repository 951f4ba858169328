import { z } from '@hono/zod-openapi';
import { asStaff } from '#db/acting.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { Id, IdempotencyKey, json } from '../contracts/common.ts';
import {
  AddPanelCredential,
  NewPanelCredential,
  PanelCredentialList,
  PanelCredentialView,
} from '../contracts/nodes.ts';
import { once } from '../http/idempotency.ts';
import { addCredential, listCredentials, revokeCredential } from './write-panel-credentials.ts';
import { createRoute, router } from '../http/router.ts';

const OfNode = z.strictObject({ id: Id });
const access = { actor: 'staff', permission: 'servers.credentials' } as const;

const list = createRoute({
  method: 'get',
  path: '/nodes/{id}/panel-credentials',
  access,
  summary: 'Keys the node’s panel signs its license questions with; secrets are never shown again',
  request: { params: OfNode },
  responses: {
    200: { description: 'Newest first', content: json(PanelCredentialList) },
    404: { description: 'No such node' },
  },
});
const add = createRoute({
  method: 'post',
  path: '/nodes/{id}/panel-credentials',
  access: { ...access, fresh: true },
  summary: 'Make a key for the node’s panel. Two may be active, so that one can replace the other without a gap',
  request: { params: OfNode, headers: IdempotencyKey, body: { required: true, content: json(AddPanelCredential) } },
  responses: {
    201: { description: 'Made; the secret is shown this once', content: json(NewPanelCredential) },
    404: { description: 'No such node' },
    409: { description: 'Two are active already' },
  },
});
const revoke = createRoute({
  method: 'delete',
  path: '/nodes/{id}/panel-credentials/{credentialId}',
  access: { ...access, fresh: true },
  summary: 'Accept this key no more',
  request: { params: z.strictObject({ id: Id, credentialId: Id }) },
  responses: {
    200: { description: 'Revoked, now or earlier', content: json(PanelCredentialView) },
    404: { description: 'No such key of this node' },
  },
});

export const panelCredentialRoutes = ({ orm, sealer }: Pick<Parts, 'orm' | 'sealer'>) =>
  router()
    .openapi(list, async (c) => {
      const credentials = await asStaff(orm, (em) => listCredentials(em, c.req.valid('param').id));
      return c.json({ credentials }, 200);
    })
    .openapi(add, async (c) => {
      const { id } = c.req.valid('param');
      const { allowed_networks: networks } = c.req.valid('json');
      const made = await asStaff(orm, (em) =>
        once(
          c,
          em,
          async () => {
            const credential = await addCredential(em, sealer, { nodeId: id, networks }, c.get('asOf'));
            auditRequest(c, em, {
              action: 'panel_credential.made',
              object: { type: 'panel_credential', id: credential.id },
              after: { node: id, key_id: credential.key_id, allowed_networks: networks },
            });
            return credential;
          },
          { sealer },
        ),
      );
      return c.json(made, 201);
    })
    .openapi(revoke, async (c) => {
      const { id, credentialId } = c.req.valid('param');
      const revoked = await asStaff(orm, async (em) => {
        const { credential, now } = await revokeCredential(em, { nodeId: id, credentialId }, c.get('asOf'));
        const object = { type: 'panel_credential', id: credentialId };
        if (now) auditRequest(c, em, { action: 'panel_credential.revoked', object, after: { node: id } });
        return credential;
      });
      return c.json(revoked, 200);
    });
