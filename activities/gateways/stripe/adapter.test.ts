import { describeGateway } from '../gateway.contract.ts';
import { startStripe } from './testing/harness.ts';

const SESSION = '^/v1/checkout/sessions/cs_\\w+$';
const INTENT = '^/v1/payment_intents/pi_\\w+$';

describeGateway(
  'Stripe',
  {
    routes: {
      checkout: [
        { method: 'POST', path: '^/v1/customers$' },
        { method: 'POST', path: '^/v1/checkout/sessions$' },
      ],
      settle: [{ method: 'GET', path: SESSION }],
      close: [
        { method: 'GET', path: SESSION },
        { method: 'POST', path: '^/v1/checkout/sessions/cs_\\w+/expire$' },
      ],
      charge: [
        { method: 'GET', path: '^/v1/payment_intents$' },
        { method: 'POST', path: '^/v1/payment_intents$' },
        { method: 'POST', path: '^/v1/payment_intents/pi_\\w+/confirm$' },
      ],
      settleCharge: [{ method: 'GET', path: INTENT }],
      refund: [
        { method: 'GET', path: '^/v1/refunds$' },
        { method: 'POST', path: '^/v1/refunds$' },
      ],
      find: [{ method: 'GET', path: INTENT }],
      listEvents: [{ method: 'GET', path: '^/v1/events$' }],
      setUpMethod: [
        { method: 'POST', path: '^/v1/customers$' },
        { method: 'POST', path: '^/v1/checkout/sessions$' },
      ],
      settleMethod: [{ method: 'GET', path: SESSION }],
      closeSetUp: [
        { method: 'GET', path: SESSION },
        { method: 'POST', path: '^/v1/checkout/sessions/cs_\\w+/expire$' },
      ],
      findMethod: [{ method: 'GET', path: '^/v1/payment_methods/pm_\\w+$' }],
      removeMethod: [{ method: 'POST', path: '^/v1/payment_methods/pm_\\w+/detach$' }],
    },
    findsOpenCheckouts: true,
    checkoutLifetimeMs: 3_600_000,
    tellsSetUp: true,
  },
  async () => (await startStripe()).harness,
);
