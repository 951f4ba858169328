import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleRequests } from '#activities/gateways/gateway.contract.ts';
import { createStripeGateway } from '../adapter.ts';
import { createStripeApi } from './client.ts';
import { SECRET_KEY, startStripe } from '../testing/harness.ts';

describe('calls to Stripe', () => {
  let stripe: Awaited<ReturnType<typeof startStripe>>;
  let requests: ReturnType<typeof sampleRequests>;
  beforeEach(async () => {
    stripe = await startStripe();
    requests = sampleRequests();
  });
  afterEach(() => stripe.close());

  /** The adapter with a network that does as told. */
  const through = (answer: typeof fetch) =>
    createStripeGateway({ account: 'main', secretKey: SECRET_KEY, baseURL: stripe.simulator.url, fetch: answer });
  const failing = (code: string) => through(() => Promise.reject(Object.assign(new Error('no'), { code })));
  const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
    through(async () => new Response(body, { status, headers }));

  it('name the API version, the account key and a key of ours on everything that changes, and no telemetry', async () => {
    const sent: Headers[] = [];
    const gateway = through((input, init) => {
      sent.push(new Headers(init?.headers));
      return fetch(input, init);
    });
    await gateway.checkout(requests.checkout);
    await gateway.check();
    expect(sent.map((headers) => headers.get('stripe-version'))).toEqual(sent.map(() => '2026-10-28.endive'));
    expect(sent.every((headers) => headers.get('authorization') === `Bearer ${SECRET_KEY}`)).toBe(true);
    expect(sent.every((headers) => !headers.has('x-stripe-client-telemetry'))).toBe(true);
    const keys = sent.flatMap((headers) => headers.get('idempotency-key') ?? []);
    expect(keys).toEqual([
      expect.stringMatching(/^cust:sandbox:/),
      requests.checkout.key,
      ...['payment', 'page', 'method'].map((kind) => expect.stringMatching(`^probe:${kind}:`)),
    ]);
  });

  it.each(['', 'x'.repeat(250)])('are not made with the idempotency key "%s"', async (key) => {
    const api = createStripeApi({ account: 'main', secretKey: SECRET_KEY, baseURL: stripe.simulator.url });
    const write = api.write('make a customer', {
      key,
      send: (sdk, options) => sdk.customers.create({}, options),
      find: async () => null,
    });
    await expect(write).rejects.toThrow('is not an idempotency key');
    expect(stripe.stripe.world.cus.all()).toEqual([]);
  });

  it.each(['lost-answer', 'error-before', 'rate-limit', 'truncated'] as const)(
    'are made once: after %s only Temporal repeats',
    async (kind) => {
      await stripe.simulator.plan({ kind, path: 'pi_1$' });
      await expect(stripe.gateway.find('pi_1')).rejects.toMatchObject({ name: 'VendorUnavailable' });
      expect(stripe.stripe.simulator.faults.calls()).toMatchObject([{ path: '/v1/payment_intents/pi_1', fault: kind }]);
    },
  );

  it('are told to the log without query, body or key', async () => {
    await stripe.gateway.checkout(requests.checkout);
    await stripe.gateway.findCheckout({ ...requests.reference, key: 'k', createdAfter: new Date() });
    expect(stripe.calls).toHaveLength(3);
    expect(stripe.calls[1]).toEqual({
      method: 'POST',
      path: '/v1/checkout/sessions',
      status: 200,
      requestId: expect.stringMatching(/^req_/),
      idempotencyKey: requests.checkout.key,
      elapsedMs: expect.any(Number),
    });
    expect(JSON.stringify(stripe.calls)).not.toMatch(/sk_test|ada@example|created/);
  });

  it('never show the secret key in an error', async () => {
    const gateway = answering(401, JSON.stringify({ error: { message: `Invalid API Key: ${SECRET_KEY}` } }));
    const error = (await gateway.checkout(requests.checkout).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({
      name: 'VendorUnauthorized',
      message: expect.stringContaining('Stripe on main could not create customer'),
    });
    expect(error.message).not.toContain(SECRET_KEY);
    expect(error.message).toContain('[key]');
  });

  it.each([
    { code: 'ECONNREFUSED', name: 'VendorUnavailable', because: 'it never left' },
    { code: 'ENOTFOUND', name: 'VendorUnavailable', because: 'it never left' },
    { code: 'ECONNRESET', name: 'OutcomeUnknown', because: 'it may have arrived' },
    { code: 'UND_ERR_SOCKET', name: 'OutcomeUnknown', because: 'it may have arrived' },
    { code: 'EGRESS_BLOCKED', name: 'VendorRefused', because: 'the operator must allow the address' },
  ])('that change something and end in $code are $name: $because', async ({ code, name }) => {
    await expect(failing(code).checkout(requests.checkout)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(code),
    });
  });

  const json = (error: object) => JSON.stringify({ error });
  it.each([
    { status: 400, body: json({ type: 'invalid_request_error', message: 'bad' }), name: 'VendorRefused' },
    { status: 402, body: json({ type: 'card_error', message: 'declined' }), name: 'VendorRefused' },
    { status: 403, body: json({ message: 'not permitted' }), name: 'VendorUnauthorized' },
    { status: 404, body: json({ message: 'no such thing' }), name: 'VendorRefused' },
    { status: 405, body: json({ message: 'method not allowed' }), name: 'VendorRefused' },
    { status: 409, body: json({ message: 'in progress' }), name: 'OutcomeUnknown' },
    { status: 500, body: json({ message: 'oops' }), name: 'OutcomeUnknown' },
    { status: 502, body: '<h1>Bad gateway</h1>', name: 'OutcomeUnknown' },
    { status: 200, body: '', name: 'OutcomeUnknown' },
  ])('answered $status with "$body" are $name', async ({ status, body, name }) => {
    await expect(answering(status, body).checkout(requests.checkout)).rejects.toMatchObject({ name });
  });

  it('wait as long as a 503 asks', async () => {
    const gateway = answering(503, json({ message: 'busy' }), { 'retry-after': '7' });
    await expect(gateway.find('pi_1')).rejects.toMatchObject({ name: 'VendorUnavailable', retryAfterMs: 7_000 });
  });

  it('SSRF-05 do not follow a redirect with the key in hand', async () => {
    await stripe.simulator.plan({ kind: 'redirect', path: 'pi_1$' });
    await expect(stripe.gateway.find('pi_1')).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining('a redirect to /elsewhere. Correct the address'),
    });
    expect(stripe.stripe.simulator.faults.calls()).toHaveLength(1);
  });

  it('answer nothing when the address is not there', async () => {
    await stripe.close();
    await expect(stripe.gateway.checkout(requests.checkout)).rejects.toMatchObject({ name: 'VendorUnavailable' });
    stripe = await startStripe();
  });
});

describe('the check of a Stripe account', () => {
  let stripe: Awaited<ReturnType<typeof startStripe>>;
  beforeEach(async () => void (stripe = await startStripe()));
  afterEach(() => stripe.close());

  it('tries the key and each right on what cannot be, and leaves nothing behind', async () => {
    expect(await stripe.gateway.check()).toEqual({
      ok: true,
      mode: 'test',
      steps: [
        { name: 'Secret key', ok: true, message: 'Accepted, in test mode: no real money moves.' },
        { name: 'Right to read events', ok: true, message: 'Lost webhooks can be found again.' },
        { name: 'Right to take payments', ok: true, message: 'Payments can be made.' },
        {
          name: 'Right to store payment methods',
          ok: true,
          message: 'Pages can be opened on which customers store a method.',
        },
        { name: 'Right to remove payment methods', ok: true, message: 'Stored methods can be removed.' },
      ],
    });
    expect(stripe.stripe.world.pi.all()).toEqual([]);
    expect(stripe.stripe.world.evt.all()).toEqual([]);
  });

  it('fails on a wrong key', async () => {
    const message = expect.stringContaining('Check the secret key');
    expect(await stripe.adapter({ secretKey: 'sk_test_wrong' }).check()).toEqual({
      ok: false,
      steps: [{ name: 'Secret key', ok: false, message, stop: 'VendorUnauthorized' }],
    });
  });

  it.each([
    { path: '^/v1/events$', name: 'Right to read events' },
    { path: '^/v1/payment_intents$', name: 'Right to take payments' },
    { path: '^/v1/checkout/sessions', name: 'Right to store payment methods' },
    { path: '^/v1/setup_intents', name: 'Right to store payment methods' },
    { path: '^/v1/payment_methods', name: 'Right to remove payment methods' },
  ])('names the right a restricted key lacks: $name', async ({ path, name }) => {
    await stripe.simulator.plan({ kind: 'error-before', status: 403, path });
    const { ok, steps } = await stripe.gateway.check();
    expect(ok).toBe(false);
    const message = expect.stringContaining('its rights at Stripe');
    expect(steps.at(-1)).toEqual({ name, ok: false, message, stop: 'VendorUnauthorized' });
  });

  it('tells a Stripe that is away from a key that is wrong', async () => {
    await stripe.simulator.plan({ kind: 'error-before', status: 500, path: '^/v1/balance$' });
    expect((await stripe.gateway.check()).steps).toMatchObject([{ name: 'Secret key', stop: 'VendorUnavailable' }]);
  });
});
