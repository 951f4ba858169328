import { describe, expect, it } from '@jest/globals';
import { ended, hostileBodies, isFit, STATUSES, textsOf, VENDOR_ERRORS } from '../http/egress/testing/hostile.ts';
import { sampleRequests } from './gateway.harness.ts';
import type { Gateway } from './gateway.ts';
import { createPaypalGateway } from './paypal/adapter.ts';
import { createStripeGateway } from './stripe/adapter.ts';

const FIELDS =
  `id object status payment_status amount_total amount_received currency created url payment_intent latest_charge
  payment_method metadata expires_at data has_more links purchase_units payment_source create_time events details name
  payment_tokens setup_intent customer card type email_address`.split(/\s+/);
const bodies = {
  ...hostileBodies(FIELDS),
  ...Object.fromEntries(
    Object.entries(hostileBodies(['error', 'details'])).map(([what, body]) => [`as an error: ${what}`, body]),
  ),
};
const now = new Date('2026-03-02T10:00:00Z');
const { checkout, handle, charge, refund, setUp, page } = sampleRequests(now);

const calls: Record<
  string,
  (gateway: Gateway, ids: { checkoutId: string; paymentId: string; methodId: string }) => Promise<unknown>
> = {
  checkout: (gateway) => gateway.checkout(checkout),
  settle: (gateway, { checkoutId }) => gateway.settle(handle(checkoutId)),
  close: (gateway, { checkoutId }) => gateway.close(handle(checkoutId)),
  findCheckout: (gateway) => gateway.findCheckout({ ...handle('x'), createdAfter: now }),
  charge: (gateway) => gateway.charge(charge({ methodId: 'pm_1', gatewayCustomerId: 'cus_1' })),
  settleCharge: (gateway, { paymentId }) =>
    gateway.settleCharge({ gatewayPaymentId: paymentId, ...charge({ methodId: 'pm_1', gatewayCustomerId: 'cus_1' }) }),
  find: (gateway, { paymentId }) => gateway.find(paymentId),
  refund: (gateway, { paymentId }) => gateway.refund(refund(paymentId)),
  findRefunds: async (gateway, { paymentId }) => (await gateway.findRefunds(refund(paymentId)))[0],
  setUpMethod: (gateway) => gateway.setUpMethod(setUp),
  settleMethod: (gateway, { checkoutId }) => gateway.settleMethod(page(checkoutId)),
  closeSetUp: (gateway, { checkoutId }) => gateway.closeSetUp(page(checkoutId)),
  findMethod: (gateway, { methodId }) => gateway.findMethod(methodId),
  check: (gateway) => gateway.check(),
};

/** A gateway that answers everything alike, but for signing in. */
const answering = (status: number, body: string): typeof fetch =>
  (async (url: string | URL) => {
    if (/oauth2\/token/.test(String(url))) {
      return Response.json({ access_token: 'A21-canary-token-0123456789', token_type: 'Bearer', expires_in: 3_600 });
    }
    return new Response(status === 204 ? null : body, { status, headers: { 'content-type': 'application/json' } });
  }) as typeof fetch;

const gateways = {
  stripe: {
    ids: { checkoutId: 'cs_test_1', paymentId: 'pi_1', methodId: 'pm_1' },
    open: (fetch: typeof globalThis.fetch) =>
      createStripeGateway({ account: 'main', secretKey: 'sk_test_canary0123456789', fetch, now: () => now }),
  },
  paypal: {
    ids: { checkoutId: '5O190127TN364715T', paymentId: '3C679366HH908993F', methodId: '8kk8451t' },
    open: (fetch: typeof globalThis.fetch) =>
      createPaypalGateway({
        account: 'main',
        environment: 'sandbox',
        clientId: 'AZ-canary-client',
        clientSecret: 'EB-canary-secret-0123456789',
        webhookId: 'WH-1',
        fetch,
        now: () => now,
      }),
  },
};

/** What says that money moved, that a page is there, or that a method is stored. */
const isSuccess = (result: unknown): boolean => {
  const { state, outcome, url, amount, methodId } = (result ?? {}) as Record<string, unknown>;
  if (state === 'saved' || methodId !== undefined) return true;
  return state === 'paid' || outcome === 'paid' || outcome === 'refunded' || url !== undefined || amount !== undefined;
};

describe.each(Object.entries(gateways))('SSRF-07 a hostile %s', (_, { ids, open }) => {
  it.each(Object.keys(calls))(
    '%s ends as no success and fit to be kept, or as an error that says how to react',
    async (name) => {
      const wrong: unknown[] = [];
      for (const [what, body] of Object.entries(bodies)) {
        for (const status of STATUSES) {
          const { result, error } = await ended(calls[name]!(open(answering(status, body)), ids));
          const texts = error ? [error.message] : textsOf(result);
          const isKnown = !error || VENDOR_ERRORS.includes(error.name);
          if (!isKnown || isSuccess(result) || !texts.every(isFit) || /canary.*\d{10}/i.test(texts.join())) {
            wrong.push(`${what} ${status}: ${JSON.stringify(error ?? result).slice(0, 200)}`);
          }
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('SSRF-07 of a Stripe that lies about one thing', () => {
  const intent = {
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount_received: 1299,
    currency: 'eur',
    created: 1_772_445_600,
    metadata: {},
  };
  const session = {
    id: 'cs_test_1',
    object: 'checkout.session',
    status: 'complete',
    payment_status: 'paid',
    amount_total: 1299,
    currency: 'eur',
    expires_at: 1_772_449_200,
    url: 'https://checkout.stripe.com/c/pay/cs_test_1',
    metadata: {},
  };
  const { ids, open } = gateways.stripe;
  const settled = (change: object) =>
    ended(
      open(answering(200, JSON.stringify({ ...session, payment_intent: { ...intent, ...change } }))).settle(
        handle(ids.checkoutId),
      ),
    );

  it('the truth is a payment', async () => {
    expect(await settled({})).toMatchObject({
      result: { state: 'paid', payment: { amount: { minor: 1299, currency: 'EUR' } } },
    });
  });

  it.each([null, '1299', 12.99, -1299, 1e30, true, [1299], {}])('an amount of %j is none', async (amount_received) => {
    expect(await settled({ amount_received })).toMatchObject({
      error: { name: expect.stringMatching(/^(Vendor|Outcome)/) },
    });
  });

  it.each([null, '', 'euro', 'XX', 5, {}])('a currency of %j is none', async (currency) => {
    expect(await settled({ currency })).toMatchObject({ error: { name: expect.stringMatching(/^(Vendor|Outcome)/) } });
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'checkout', '', ' https', null, 5])(
    '%j is no page to pay on',
    async (url) => {
      const body = JSON.stringify({ ...session, status: 'open', payment_status: 'unpaid', url });
      const { result } = await ended(open(answering(200, body)).checkout(checkout));
      expect((result as { url?: string } | undefined)?.url ?? '').toBe('');
    },
  );

  const method = { id: 'pm_1', object: 'payment_method', type: 'card', customer: 'cus_1', card: { last4: '4242' } };
  const stored = (change: object) =>
    ended(
      open(
        answering(
          200,
          JSON.stringify({
            ...session,
            mode: 'setup',
            payment_status: 'no_payment_required',
            setup_intent: {
              id: 'seti_1',
              object: 'setup_intent',
              status: 'succeeded',
              payment_method: method,
              ...change,
            },
          }),
        ),
      ).settleMethod(page(ids.checkoutId)),
    );

  it('the truth is a stored method', async () => {
    expect(await stored({})).toMatchObject({ result: { state: 'saved', method: { methodId: 'pm_1', last4: '4242' } } });
  });

  it.each([
    { payment_method: null },
    { payment_method: 'pm_1' },
    { payment_method: {} },
    { payment_method: { ...method, id: 7 } },
    { payment_method: { ...method, id: '' } },
    { payment_method: { ...method, customer: { id: [] } } },
    { payment_method: { ...method, card: 'visa' } },
    { payment_method: { ...method, card: { last4: { a: 1 }, brand: 5, exp_month: '13', exp_year: null } } },
    { status: 'succeeded ' },
    { status: null },
  ])('%j is no method that could be charged, or one without what it lies about', async (change) => {
    const { result, error } = await stored(change);
    const saved = (result as { method?: Record<string, unknown> } | undefined)?.method;
    expect(error?.name ?? 'Vendor').toMatch(/^(Vendor|Outcome)/);
    const { methodId = 'pm_1', gatewayCustomerId = 'cus_1', brand, last4, expMonth, expYear } = saved ?? {};
    expect({ methodId, gatewayCustomerId }).toEqual({ methodId: 'pm_1', gatewayCustomerId: 'cus_1' });
    expect([brand, last4, expMonth, expYear].filter((each) => each !== undefined)).toEqual([]);
  });

  it('a method under another id than the one asked for is none', async () => {
    const { result, error } = await ended(
      open(answering(200, JSON.stringify({ ...method, id: 'pm_2' }))).findMethod(ids.methodId),
    );
    expect(result).toBeUndefined();
    expect(error?.name).toMatch(/^(Vendor|Outcome)/);
  });
});
