import { checkStep } from '../check-step.ts';
import type { GatewayCheck } from '../gateway.ts';
import { VendorRefused } from '#activities/http/vendor.ts';
import type { StripeApi, Write } from './wire/client.ts';
import { isStripeFailure } from './wire/errors.ts';

/** Tries the key, then each right we need. Stops at the first failure: what follows would fail for the same reason. */
export async function checkStripe(api: StripeApi): Promise<GatewayCheck> {
  const found: Pick<GatewayCheck, 'mode'> = {};
  const steps: GatewayCheck['steps'] = [];
  const tries: [name: string, run: () => Promise<string>][] = [
    [
      'Secret key',
      async () => {
        const { livemode } = await api.read('read its balance', (stripe) => stripe.balance.retrieve());
        found.mode = livemode ? 'live' : 'test';
        return livemode ? 'Accepted; this key moves real money.' : 'Accepted, in test mode: no real money moves.';
      },
    ],
    [
      'Right to read events',
      async () => {
        await api.read('list its events', (stripe) => stripe.events.list({ limit: 1 }));
        return 'Lost webhooks can be found again.';
      },
    ],
    ['Right to take payments', () => probePayment(api)],
    ['Right to store payment methods', () => probeSetUps(api)],
    ['Right to remove payment methods', () => probeMethods(api)],
  ];
  for (const [name, run] of tries) {
    const step = await checkStep(name, async () => ({ ok: true, message: await run() }));
    steps.push(step);
    if (!step.ok) break;
  }
  return { ok: steps.every(({ ok }) => ok), ...found, steps };
}

/**
 * Asks for something that cannot be: refused for what it is when we have the right, for the key when we have not.
 * @returns what Stripe made of it nevertheless
 */
const probe = <T>(api: StripeApi, kind: string, send: Write<T | null>['send']): Promise<T | null> =>
  api.write<T | null>(`try its rights to a ${kind}`, {
    key: `probe:${kind}:${Math.floor(Date.now() / 1_000)}`,
    send,
    find: async () => null,
    answer: (error) => (isStripeFailure(error) && error.type === 'StripeInvalidRequestError' ? null : undefined),
  });

/** A payment of nothing. */
async function probePayment(api: StripeApi): Promise<string> {
  const made = await probe<{ id: string }>(api, 'payment', (stripe, options) =>
    stripe.paymentIntents.create({ amount: 0, currency: 'eur' }, options),
  );
  if (made) throw new VendorRefused(`Stripe on ${api.account} made payment ${made.id} of nothing; this is not Stripe.`);
  return 'Payments can be made.';
}

/** A page is opened, looked at with its SetupIntent and closed; tried on ids that are nobody's. */
async function probeSetUps(api: StripeApi): Promise<string> {
  await probe(api, 'page', (stripe, options) => stripe.checkout.sessions.expire('cs_test_none', {}, options));
  await api.read('look at a set-up', async (stripe) => {
    try {
      await stripe.setupIntents.retrieve('seti_none');
    } catch (error) {
      if (!isStripeFailure(error) || error.type !== 'StripeInvalidRequestError') throw error;
    }
  });
  return 'Pages can be opened on which customers store a method.';
}

async function probeMethods(api: StripeApi): Promise<string> {
  await probe(api, 'method', (stripe, options) => stripe.paymentMethods.detach('pm_none', {}, options));
  return 'Stored methods can be removed.';
}
