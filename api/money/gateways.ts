import { z } from '@hono/zod-openapi';
import { asStaff } from '#db/acting.ts';
import { offeredGateways } from '#domain/configuration/gateways/gateways.ts';
import { GATEWAYS, VENDORS } from '#domain/vendors.ts';
import { json } from '../contracts/common.ts';
import { CheckedGateway, GatewayHealthList, GatewayList } from '../contracts/gateways.ts';
import type { Parts } from '../http/context.ts';
import { createRoute, router } from '../http/router.ts';
import { checkGateway } from './check-gateway.ts';
import { readGateways } from './read-gateways.ts';

const list = createRoute({
  method: 'get',
  path: '/gateways',
  access: { actor: 'anonymous' },
  summary: 'Ways to pay that are switched on',
  responses: { 200: { description: 'In the order to offer them', content: json(GatewayList) } },
});
const health = createRoute({
  method: 'get',
  path: '/gateways/health',
  access: { actor: 'staff', permission: 'payments.read' },
  summary: 'Gateways with what their last check found: live or test, account, rights, webhook address',
  responses: { 200: { description: 'All gateways, in the order to offer them', content: json(GatewayHealthList) } },
});
const test = createRoute({
  method: 'post',
  path: '/gateways/{name}/test',
  access: { actor: 'staff', permission: 'settings.write' },
  limit: 'connection_test',
  summary: 'Check credentials and rights now. What waits for the gateway tries again once they are right',
  request: { params: z.strictObject({ name: z.enum(GATEWAYS) }) },
  responses: {
    200: { description: 'Checked; `check.ok` says whether it passed', content: json(CheckedGateway) },
    202: { description: 'Nobody could check it now', content: json(CheckedGateway) },
  },
});

export const gatewayRoutes = ({ config, orm, temporal }: Pick<Parts, 'config' | 'orm' | 'temporal'>) => {
  const read = () => asStaff(orm, (em) => readGateways(em, config));
  return router()
    .openapi(list, (c) => {
      const gateways = offeredGateways(config).map((name) => {
        const { label, offer } = VENDORS[name];
        return { name, label, ...offer };
      });
      return c.json({ gateways }, 200);
    })
    .openapi(health, async (c) => c.json({ gateways: await read() }, 200))
    .openapi(test, async (c) => {
      const { name } = c.req.valid('param');
      const { check, note } = await checkGateway(temporal, name, c.get('asOf'));
      const gateway = (await read()).find((each) => each.name === name)!;
      return check ? c.json({ gateway, check, note }, 200) : c.json({ gateway, check, note }, 202);
    });
};
