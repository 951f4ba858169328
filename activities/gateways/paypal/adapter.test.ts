import { describeGateway } from '../gateway.contract.ts';
import { ORDER_LIFETIME_MS } from './payments/checkouts.ts';
import { startPaypal } from './testing/harness.ts';

const order = { method: 'GET', path: '^/v2/checkout/orders/[^/]+$' } as const;
const capture = { method: 'GET', path: '^/v2/payments/captures/[^/]+$' } as const;

describeGateway(
  'PayPal',
  {
    routes: {
      checkout: [{ method: 'POST', path: '^/v2/checkout/orders$' }],
      settle: [order, { method: 'POST', path: '/capture$' }],
      charge: [{ method: 'POST', path: '^/v2/checkout/orders$' }],
      refund: [capture, order, { method: 'POST', path: '/refund$' }],
      find: [capture],
      listEvents: [{ method: 'GET', path: '^/v1/notifications/webhooks-events$' }],
    },
    findsOpenCheckouts: false,
    settleTakesMoney: true,
    checkoutLifetimeMs: ORDER_LIFETIME_MS,
  },
  startPaypal,
);
