import { checkStep } from '../check-step.ts';
import type { GatewayCheck } from '../gateway.ts';
import { VendorRefused } from '#activities/http/vendor.ts';
import type { StripeApi } from './wire/client.ts';
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
    ['Right to take payments', () => probeWrite(api)],
  ];
  for (const [name, run] of tries) {
    const step = await checkStep(name, async () => ({ ok: true, message: await run() }));
    steps.push(step);
    if (!step.ok) break;
  }
  return { ok: steps.every(({ ok }) => ok), ...found, steps };
}

/** A payment of nothing: refused for its amount when we may make payments, for the key when we may not. */
async function probeWrite(api: StripeApi): Promise<string> {
  const made = await api.write<{ id: string } | null>('try to make a payment', {
    key: `probe:${Math.floor(Date.now() / 1_000)}`,
    send: (stripe, options) => stripe.paymentIntents.create({ amount: 0, currency: 'eur' }, options),
    find: async () => null,
    answer: (error) => (isStripeFailure(error) && error.type === 'StripeInvalidRequestError' ? null : undefined),
  });
  if (made) throw new VendorRefused(`Stripe on ${api.account} made payment ${made.id} of nothing; this is not Stripe.`);
  return 'Payments can be made.';
}
