import { offeredGateways } from '#domain/configuration/gateways/gateways.ts';
import { VENDORS } from '#domain/vendors.ts';
import { json } from '../contracts/common.ts';
import { GatewayList } from '../contracts/gateways.ts';
import type { Parts } from '../http/context.ts';
import { createRoute, router } from '../http/router.ts';

const list = createRoute({
  method: 'get',
  path: '/gateways',
  access: { actor: 'anonymous' },
  summary: 'Ways to pay that are switched on',
  responses: { 200: { description: 'In the order to offer them', content: json(GatewayList) } },
});

export const gatewayRoutes = ({ config }: Pick<Parts, 'config'>) =>
  router().openapi(list, (c) => {
    const gateways = offeredGateways(config).map((name) => {
      const { label, offer } = VENDORS[name];
      return { name, label, ...offer };
    });
    return c.json({ gateways }, 200);
  });
