import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listed } from '#activities/gateways/gateway.harness.ts';
import { createPaypalGateway } from '../adapter.ts';
import { CREDENTIALS, dealWith, startPaypal, type Dealings, type PaypalHarness } from '../testing/harness.ts';

const HOUR = 3_600_000;
const TOKEN = '/v1/oauth2/token';

let paypal: PaypalHarness;
let gateway: PaypalHarness['gateway'];
let requests: Dealings['requests'];
let plan: Dealings['plan'];
let approved: Dealings['approved'];
let calls: Dealings['calls'];
let counted: Dealings['counted'];
beforeEach(async () => {
  paypal = await startPaypal();
  ({ gateway } = paypal);
  ({ requests, plan, approved, calls, counted } = dealWith(paypal));
});
afterEach(() => paypal.close());

describe('signing in', () => {
  it('happens once for any number of first calls', async () => {
    await Promise.all(Array.from({ length: 8 }, () => gateway.find('5O190127TN364715T')));
    expect(calls(TOKEN)).toHaveLength(1);
  });

  it.each([
    { kind: 'error-before', name: 'VendorUnavailable' },
    { kind: 'lost-answer', name: 'VendorUnavailable' },
    { kind: 'truncated', name: 'VendorUnavailable' },
    { kind: 'html', name: 'VendorUnavailable' },
    { kind: 'rate-limit', name: 'VendorUnavailable' },
    { kind: 'redirect', name: 'VendorRefused' },
    { kind: 'unauthorized', name: 'VendorUnauthorized' },
  ] as const)('that fails ($kind) poisons nothing: the next call tries again', async ({ kind, name }) => {
    paypal.simulator.plan({ kind, path: TOKEN, times: 1 });
    await expect(gateway.checkout(requests.checkout)).rejects.toMatchObject({ name });
    expect(await gateway.checkout(requests.checkout)).toMatchObject({ checkoutId: expect.any(String) });
    expect(calls('/v2/checkout/orders')).toHaveLength(1);
  });

  it('is done anew when PayPal forgets a token that looks good, and the call is repeated once', async () => {
    const { checkoutId } = await gateway.checkout(requests.checkout);
    await paypal.control('DELETE', '/_sim/tokens');
    const states = await Promise.all([1, 2, 3].map(() => gateway.settle(requests.handle(checkoutId))));
    expect(states).toEqual([{ state: 'open' }, { state: 'open' }, { state: 'open' }]);
    expect(calls(TOKEN)).toHaveLength(2);
  });

  it('is done anew for the calls that the SDK lacks as well', async () => {
    await listed(gateway, new Date());
    await paypal.control('DELETE', '/_sim/tokens');
    expect(await listed(gateway, new Date())).toEqual([]);
    expect(calls(TOKEN)).toHaveLength(2);
  });

  it('is done anew when nine hours are over', async () => {
    await gateway.find('5O190127TN364715T');
    paypal.simulator.advance(10 * HOUR);
    expect(await gateway.find('5O190127TN364715T')).toBeNull();
  });

  it('tells no secret when it fails', async () => {
    await paypal.simulator.expireCredentials();
    const error = await gateway.checkout(requests.checkout).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'VendorUnauthorized', message: expect.stringContaining('invalid_client') });
    const { message, stack } = error as Error;
    expect(`${message}${stack}`).not.toContain(CREDENTIALS.clientSecret);
    expect(`${message}${stack}`).not.toContain(CREDENTIALS.clientId);
  });
});

describe('what changes something at PayPal', () => {
  it('carries a request id made from our key, and asks for the whole answer', async () => {
    const sent: { path: string; id: string | null; prefer: string | null }[] = [];
    const spying: typeof fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      const { pathname: path } = new URL(String(url));
      const id = headers.get('paypal-request-id');
      if (init?.method === 'POST' && id) sent.push({ path, id, prefer: headers.get('prefer') });
      return fetch(url, init);
    };
    gateway = createPaypalGateway({ ...paypal.config, fetch: spying });
    const { requests, paid } = dealWith({ ...paypal, gateway });
    const { gatewayPaymentId, checkoutId } = await paid();
    const charge = requests.charge(await paypal.simulator.savedMethod('pays'), 2);
    await gateway.charge({ ...charge, invoiceNumber: 'INV-OTHER' });
    const refund = requests.refund(gatewayPaymentId);
    await gateway.refund(refund);
    const prefer = 'return=representation';
    expect(sent).toEqual([
      { path: '/v2/checkout/orders', id: requests.checkout.key, prefer },
      { path: `/v2/checkout/orders/${checkoutId}/capture`, id: `${requests.handle('').key}-cap`, prefer },
      { path: '/v2/checkout/orders', id: charge.key, prefer },
      { path: `/v2/payments/captures/${gatewayPaymentId}/refund`, id: refund.key, prefer },
    ]);
  });
});

describe('an answer that leaves things open', () => {
  it('about a 2xx that does not fit, and a look that fails, is an unknown outcome: the money may be there', async () => {
    const method = await paypal.simulator.savedMethod('pays');
    await paypal.control('POST', '/_sim/broken-links', { times: 1 });
    paypal.simulator.plan({ kind: 'error-before', method: 'GET', status: 404 });
    await expect(gateway.charge(requests.charge(method))).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    paypal.simulator.clearFaults();
    expect(await gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
    expect(await counted()).toBe(1);
  });

  it('because the same request is still under way asks to wait', async () => {
    const handle = requests.handle(await approved({ refuse: 'PREVIOUS_REQUEST_IN_PROGRESS' }));
    await expect(gateway.settle(handle)).rejects.toMatchObject({ name: 'VendorUnavailable' });
    await plan(handle.checkoutId, {});
    expect(await gateway.settle(handle)).toMatchObject({ state: 'paid' });
  });

  it('shows no token that a proxy echoes', async () => {
    const tokens: string[] = [];
    const echoing: typeof fetch = async (url, init) => {
      const token = new Headers(init?.headers).get('authorization') ?? '';
      if (!token.startsWith('Bearer ')) return fetch(url, init);
      tokens.push(token.slice(7));
      return new Response(`<pre>Authorization: ${token}</pre>`, { status: 502 });
    };
    gateway = createPaypalGateway({ ...paypal.config, fetch: echoing });
    const failed = [
      gateway.checkout(requests.checkout),
      gateway.find('5O190127TN364715T'),
      listed(gateway, new Date()),
    ];
    for (const { reason } of (await Promise.allSettled(failed)) as PromiseRejectedResult[]) {
      expect((reason as Error).message).toContain('Authorization: Bearer …');
      for (const token of tokens) expect((reason as Error).message).not.toContain(token);
    }
    expect(tokens).toHaveLength(3);
  });
});

describe('a wrong configuration', () => {
  it('of the webhook is named by the check', async () => {
    const wrong = createPaypalGateway({ ...paypal.config, webhookId: 'WH-WRONG' });
    const { ok, webhookUrl, steps } = await wrong.check();
    expect([ok, webhookUrl]).toEqual([false, undefined]);
    expect(steps.filter((step) => !step.ok)).toMatchObject([
      { name: 'Find our webhook registration', stop: 'VendorRefused' },
    ]);
  });

  it('is none where the check finds the webhook, and says where its events go', async () => {
    const webhookUrl = 'https://example.com/webhooks/paypal';
    expect(await paypal.gateway.check()).toMatchObject({ ok: true, mode: 'test', webhookUrl });
  });

  it('never sends live credentials to another address', () => {
    expect(() => createPaypalGateway({ ...paypal.config, environment: 'live' })).toThrow('one address');
  });

  it('of a simulator without an address is refused', () => {
    expect(() => createPaypalGateway({ ...paypal.config, baseURL: undefined })).toThrow('PAYPAL_API_BASE');
  });
});
