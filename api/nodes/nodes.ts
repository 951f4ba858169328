import { z } from '@hono/zod-openapi';
import { asStaff } from '#db/acting.ts';
import { Node } from '#db/entities/index.ts';
import { LOCKED } from '#db/orm.ts';
import { wake } from '#db/messages/wake.ts';
import { auditRequest, type ApiContext, type Parts } from '../http/context.ts';
import { Id, IdempotencyKey, json } from '../contracts/common.ts';
import { AddNode, ChangeNode, CheckedNode, NodeList, NodeView } from '../contracts/nodes.ts';
import { once } from '../http/idempotency.ts';
import { requireFresh, requirePermission } from '../http/middleware/gate.ts';
import { checkNode } from './check-node.ts';
import { readNodes } from './read-nodes.ts';
import { addNode, changeNode } from './write-nodes.ts';
import { staffOf } from '../http/context.ts';
import { notFound } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';

const ById = z.strictObject({ id: Id });
const readers = { actor: 'staff', permission: 'servers.read' } as const;
const writers = { actor: 'staff', permission: 'servers.write' } as const;

const list = createRoute({
  method: 'get',
  path: '/nodes',
  access: readers,
  summary: 'Nodes with their use, free slots and health',
  responses: { 200: { description: 'All nodes, by name', content: json(NodeList) } },
});
const show = createRoute({
  method: 'get',
  path: '/nodes/{id}',
  access: readers,
  summary: 'One node',
  request: { params: ById },
  responses: { 200: { description: 'The node', content: json(NodeView) }, 404: { description: 'No such node' } },
});
const add = createRoute({
  method: 'post',
  path: '/nodes',
  access: { ...writers, fresh: true },
  limit: 'connection_test',
  summary: 'Add a node and check it. Its key is kept sealed and never shown again',
  request: { headers: IdempotencyKey, body: { required: true, content: json(AddNode) } },
  responses: {
    201: { description: 'Added and checked; it takes orders if the check passed', content: json(CheckedNode) },
    202: {
      description: 'Added; not used until a check passes, and nobody could check it now',
      content: json(CheckedNode),
    },
    409: { description: 'The name is taken' },
  },
});
const change = createRoute({
  method: 'patch',
  path: '/nodes/{id}',
  access: writers,
  summary:
    'Change capacity, budget of calls, draining, packages or address, or replace the key. What waits for it tries again',
  description:
    'Another scheme, host or port in `base_url` needs `api_key` and `api_secret` again: a key goes to the server it was given for.',
  request: { params: ById, body: { required: true, content: json(ChangeNode) } },
  responses: { 200: { description: 'Changed', content: json(CheckedNode) }, 404: { description: 'No such node' } },
});
const test = createRoute({
  method: 'post',
  path: '/nodes/{id}/test',
  access: writers,
  limit: 'connection_test',
  summary: 'Check reachability, credentials and rights now. One good check brings the node into rotation',
  request: { params: ById },
  responses: {
    200: { description: 'Checked; `check.ok` says whether it passed', content: json(CheckedNode) },
    202: { description: 'Nobody could check it now', content: json(CheckedNode) },
    404: { description: 'No such node' },
  },
});

export const nodeRoutes = (parts: Pick<Parts, 'orm' | 'sealer' | 'temporal'>) => {
  const { orm, sealer } = parts;

  const view = async (c: ApiContext, id: string) => {
    const [node] = await asStaff(orm, (em) => readNodes(em, c.get('asOf'), id));
    if (!node) throw notFound('node');
    return node;
  };
  /** Runs the check and reads the node as it is afterwards. */
  const checked = async (
    c: ApiContext,
    id: string,
  ): Promise<{ status: 200 | 202; body: z.infer<typeof CheckedNode> }> => {
    const { check, note } = await checkNode(parts.temporal, id);
    return { status: check ? 200 : 202, body: { node: await view(c, id), check, note } };
  };

  return router()
    .openapi(list, async (c) => c.json({ nodes: await asStaff(orm, (em) => readNodes(em, c.get('asOf'))) }, 200))
    .openapi(show, async (c) => c.json(await view(c, c.req.valid('param').id), 200))
    .openapi(add, async (c) => {
      const {
        base_url: baseUrl,
        public_url: publicUrl,
        api_key: apiKey,
        api_secret: apiSecret,
        location,
        calls_per_hour: callsPerHour,
        calls_per_day: callsPerDay,
        capabilities_off: capabilitiesOff,
        ...wish
      } = c.req.valid('json');
      requirePermission(staffOf(c), 'servers.credentials');
      const asOf = c.get('asOf');
      const { id } = await asStaff(orm, (em) =>
        once(c, em, async () => {
          const credentials = { apiKey, apiSecret };
          const node = await addNode(
            em,
            sealer,
            {
              ...wish,
              baseUrl,
              publicUrl,
              credentials,
              callsPerHour,
              callsPerDay,
              capabilitiesOff,
              location: location ?? null,
            },
            asOf,
          );
          const { name, capacity, packages } = wish;
          const after = { name, baseUrl, publicUrl, capacity, packages };
          auditRequest(c, em, { action: 'node.added', object: { type: 'node', id: node.id }, after });
          return { id: node.id };
        }),
      );
      const { status, body } = await checked(c, id);
      return status === 200 ? c.json(body, 201) : c.json(body, 202);
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid('param');
      const {
        base_url: baseUrl,
        public_url: publicUrl,
        api_key: apiKey,
        api_secret: apiSecret,
        calls_per_hour: callsPerHour,
        calls_per_day: callsPerDay,
        capabilities_off: capabilitiesOff,
        ...rest
      } = c.req.valid('json');
      const credentials = apiKey && apiSecret ? { apiKey, apiSecret } : undefined;
      // A key sent to another address is a key given away: moving a node takes the same right as replacing its key.
      if (credentials || baseUrl) {
        requirePermission(staffOf(c), 'servers.credentials');
        requireFresh(staffOf(c), c.get('asOf'));
      }
      await asStaff(orm, async (em) => {
        const node = await em.findOne(Node, { id }, LOCKED);
        if (!node) throw notFound('node');
        const what = await changeNode(
          em,
          sealer,
          node,
          { ...rest, baseUrl, publicUrl, credentials, callsPerHour, callsPerDay, capabilitiesOff },
          c.get('asOf'),
        );
        auditRequest(c, em, { action: 'node.changed', object: { type: 'node', id }, ...what });
        await wake(em, { nodeId: id, because: `node/${id}/${c.get('requestId')}` }, c.get('asOf'));
      });
      if (credentials || baseUrl) return c.json((await checked(c, id)).body, 200);
      return c.json({ node: await view(c, id), check: null, note: 'Changed. What waited for it tries again.' }, 200);
    })
    .openapi(test, async (c) => {
      const { id } = c.req.valid('param');
      await view(c, id);
      const { status, body } = await checked(c, id);
      return status === 200 ? c.json(body, 200) : c.json(body, 202);
    });
};
