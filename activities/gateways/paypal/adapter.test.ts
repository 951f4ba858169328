import { describeGateway } from '../gateway.contract.ts';
import { ORDER_LIFETIME_MS } from './payments/checkouts.ts';
import { startPaypal } from './testing/harness.ts';

const order = { method: 'GET', path: '^/v2/checkout/orders/[^/]+$' } as const;
const capture = { method: 'GET', path: '^/v2/payments/captures/[^/]+$' } as const;
const setup = { method: 'GET', path: '^/v3/vault/setup-tokens/[^/]+$' } as const;
const token = '^/v3/vault/payment-tokens/[^/]+$';

describeGateway(
  'PayPal',
  {
    routes: {
      checkout: [{ method: 'POST', path: '^/v2/checkout/orders$' }],
      settle: [order, { method: 'POST', path: '/capture$' }],
      charge: [{ method: 'POST', path: '^/v2/checkout/orders$' }],
      settleCharge: [capture],
      refund: [capture, order, { method: 'POST', path: '/refund$' }],
      find: [capture],
      setUpMethod: [{ method: 'POST', path: '^/v3/vault/setup-tokens$' }],
      settleMethod: [setup, { method: 'POST', path: '^/v3/vault/payment-tokens$' }],
      closeSetUp: [setup],
      findMethod: [{ method: 'GET', path: token }],
      removeMethod: [{ method: 'DELETE', path: token }],
      listEvents: [{ method: 'GET', path: '^/v1/notifications/webhooks-events$' }],
    },
    findsOpenCheckouts: false,
    settleTakesMoney: true,
    declineEndsSetUp: true,
    checkoutLifetimeMs: ORDER_LIFETIME_MS,
  },
  startPaypal,
);
