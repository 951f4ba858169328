import type { Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import { GatewayList } from '../contracts/webhooks.ts';
import { createRoute, router } from '../http/router.ts';
import { gatewaysOn } from './offered-gateways.ts';

const TITLES = {
  stripe: { title: 'Card', methods: 'Cards and wallets, through Stripe' },
  paypal: { title: 'PayPal', methods: 'PayPal balance, bank and card' },
} as const;

const list = createRoute({
  method: 'get',
  path: '/gateways',
  access: { actor: 'anonymous' },
  summary: 'Ways to pay that are switched on',
  responses: { 200: { description: 'In the order to offer them', content: json(GatewayList) } },
});

export const gatewayRoutes = ({ config }: Pick<Parts, 'config'>) =>
  router().openapi(list, (c) =>
    c.json({ gateways: gatewaysOn(config).map((name) => ({ name, ...TITLES[name] })) }, 200),
  );
