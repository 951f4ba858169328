import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleRequests } from '#activities/gateways/gateway.harness.ts';
import { startPaypal, type PaypalHarness } from '../testing/harness.ts';

const HOUR = 3_600_000;

let folder: string;
let stateFile: string;
let paypal: PaypalHarness;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paypal-'));
  stateFile = join(folder, 'state.jsonl');
  paypal = await startPaypal({ stateFile });
});
afterEach(async () => {
  await paypal.close();
  rmSync(folder, { recursive: true });
});

/** PayPal's wire without the SDK. */
async function client() {
  const { clientId, clientSecret } = paypal.config;
  const signIn = await fetch(`${paypal.url}/v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await signIn.json()) as { access_token: string };
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${paypal.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const data = (text ? JSON.parse(text) : {}) as Record<string, unknown> & { id: string };
    return { status: response.status, data, debugId: response.headers.get('paypal-debug-id') };
  };
}

const order = (more: object = {}, unit: object = {}) => ({
  intent: 'CAPTURE',
  purchase_units: [{ amount: { currency_code: 'EUR', value: '12.99' }, ...unit }],
  payment_source: { paypal: { experience_context: { return_url: 'https://shop.example.com/back' } } },
  ...more,
});
const issueOf = ({ data }: { data: Record<string, unknown> }) => (data['details'] as { issue: string }[])[0]?.issue;

describe('after a kill', () => {
  it('the simulator knows its orders, request ids, wallets, deliveries and signing key', async () => {
    const requests = sampleRequests();
    const { checkoutId } = await paypal.gateway.checkout(requests.checkout);
    await paypal.press('pay', checkoutId);
    const method = await paypal.simulator.savedMethod('pays');
    const trust = await paypal.control<{ roots: string[] }>('GET', '/_sim/trust');
    const waiting = await paypal.control<unknown[]>('GET', '/_sim/webhooks');
    await paypal.close();

    paypal = await startPaypal({ stateFile });
    expect(await paypal.control<{ roots: string[] }>('GET', '/_sim/trust')).toMatchObject({ roots: trust.roots });
    expect(await paypal.control<unknown[]>('GET', '/_sim/webhooks')).toHaveLength(waiting.length);
    expect((await paypal.gateway.checkout(requests.checkout)).checkoutId).toBe(checkoutId);
    const state = await paypal.gateway.settle(requests.handle(checkoutId));
    expect(state).toMatchObject({ state: 'paid' });
    const renewal = sampleRequests();
    expect(await paypal.gateway.charge(renewal.charge(method))).toMatchObject({ outcome: 'paid' });
  });

  it('a state that was cleared keeps the identity clients were told to trust', async () => {
    const before = await paypal.control<{ roots: string[] }>('GET', '/_sim/trust');
    await paypal.control('DELETE', '/_sim/state');
    expect(await paypal.control('GET', '/_sim/trust')).toMatchObject({ roots: before.roots });
    await paypal.close();
    paypal = await startPaypal({ stateFile });
    expect(await paypal.control('GET', '/_sim/trust')).toMatchObject({ roots: before.roots });
  });
});

describe('a request id', () => {
  it('answers with the order as it is now, for six hours', async () => {
    const call = await client();
    const headers = { 'paypal-request-id': 'one' };
    const first = await call('POST', '/v2/checkout/orders', order(), headers);
    await paypal.press('pay', first.data.id);
    const again = await call('POST', '/v2/checkout/orders', order(), headers);
    expect(again).toMatchObject({ status: 200, data: { id: first.data.id, status: 'APPROVED' } });
    await call('POST', `/v2/checkout/orders/${first.data.id}/capture`);
    paypal.paypal.clock.advance(5 * HOUR);
    expect((await call('POST', '/v2/checkout/orders', order(), headers)).data.id).toBe(first.data.id);
    paypal.paypal.clock.advance(1.1 * HOUR);
    expect((await call('POST', '/v2/checkout/orders', order(), headers)).data.id).not.toBe(first.data.id);
  });

  it('is required to charge a wallet, and has a longest length', async () => {
    const call = await client();
    const body = order({ payment_source: { paypal: { vault_id: 'x' } } });
    expect(issueOf(await call('POST', '/v2/checkout/orders', body))).toBe('PAYPAL_REQUEST_ID_REQUIRED');
    const long = { 'paypal-request-id': 'x'.repeat(109) };
    expect((await call('POST', '/v2/checkout/orders', order(), long)).status).toBe(400);
  });
});

describe('an answer', () => {
  it('is minimal unless a representation is asked for', async () => {
    const call = await client();
    const { data } = await call('POST', '/v2/checkout/orders', order());
    expect(Object.keys(data).sort()).toEqual(['id', 'links', 'status']);
    await paypal.press('pay', data.id);
    const captured = await call('POST', `/v2/checkout/orders/${data.id}/capture`, undefined, {
      prefer: 'return=representation',
    });
    expect(captured).toMatchObject({
      status: 201,
      debugId: expect.stringMatching(/^[0-9a-f]{13}$/),
      data: { status: 'COMPLETED', purchase_units: [{ payments: { captures: [{ status: 'COMPLETED' }] } }] },
    });
  });

  it.each([
    {
      name: 'decimals where there are none',
      unit: { amount: { currency_code: 'HUF', value: '10.50' } },
      issue: 'DECIMALS_NOT_SUPPORTED',
    },
    { name: 'three decimals', unit: { amount: { currency_code: 'EUR', value: '1.999' } }, issue: 'DECIMAL_PRECISION' },
    { name: 'nothing', unit: { amount: { currency_code: 'EUR', value: '0.00' } }, issue: 'CANNOT_BE_ZERO_OR_NEGATIVE' },
    {
      name: 'a currency it does not know',
      unit: { amount: { currency_code: 'KWD', value: '1.00' } },
      issue: 'CURRENCY_NOT_SUPPORTED',
    },
    {
      name: 'a breakdown that does not add up',
      unit: {
        amount: {
          currency_code: 'EUR',
          value: '10.00',
          breakdown: { item_total: { currency_code: 'EUR', value: '9.00' } },
        },
      },
      issue: 'AMOUNT_MISMATCH',
    },
    { name: 'a reference that is too long', unit: { custom_id: 'x'.repeat(128) }, issue: 'INVALID_STRING_LENGTH' },
  ])('refuses $name with $issue', async ({ unit, issue }) => {
    expect(issueOf(await (await client())('POST', '/v2/checkout/orders', order({}, unit)))).toBe(issue);
  });

  it('obeys the header for negative tests', async () => {
    const headers = { 'paypal-mock-response': '{"mock_application_codes":"INSTRUMENT_DECLINED"}' };
    const answer = await (await client())('POST', '/v2/checkout/orders', order(), headers);
    expect(answer).toMatchObject({ status: 422, data: { name: 'UNPROCESSABLE_ENTITY' } });
    expect(issueOf(answer)).toBe('INSTRUMENT_DECLINED');
  });

  it('is 401 without a token, and never an HTML page on the API', async () => {
    const response = await fetch(`${paypal.url}/v2/checkout/orders/x`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ name: 'AUTHENTICATION_FAILURE' });
    expect(await (await client())('GET', '/v2/nothing')).toMatchObject({ status: 404 });
  });
});

describe('an invoice number', () => {
  it('pays once, and a credit note refunds once', async () => {
    const call = await client();
    const pay = async (unit: object) => {
      const { data } = await call('POST', '/v2/checkout/orders', order({}, unit));
      await paypal.press('pay', data.id);
      return call('POST', `/v2/checkout/orders/${data.id}/capture`, undefined, { prefer: 'return=representation' });
    };
    const open = await call('POST', '/v2/checkout/orders', order({}, { invoice_id: 'INV-1' }));
    await paypal.press('pay', open.data.id);
    await pay({ invoice_id: 'INV-1' });
    expect(issueOf(await call('POST', `/v2/checkout/orders/${open.data.id}/capture`))).toBe('DUPLICATE_INVOICE_ID');
    // An order that nobody has paid yet is no payment.
    expect(await call('POST', '/v2/checkout/orders', order({}, { invoice_id: 'INV-1' }))).toMatchObject({
      status: 201,
    });
    const other = await pay({ invoice_id: 'INV-2' });
    const [unit] = other.data['purchase_units'] as { payments: { captures: { id: string }[] } }[];
    const path = `/v2/payments/captures/${unit!.payments.captures[0]!.id}/refund`;
    expect(issueOf(await call('POST', path, { invoice_id: 'INV-1' }))).toBe('DUPLICATE_INVOICE_ID');
    const amount = { currency_code: 'EUR', value: '5.00' };
    expect(await call('POST', path, { invoice_id: 'CN-1', amount })).toMatchObject({ status: 201 });
    expect(issueOf(await call('POST', path, { invoice_id: 'CN-1', amount }))).toBe('DUPLICATE_INVOICE_ID');
    // The rest, with an empty body and a JSON content type, as the SDK sends it.
    expect(await call('POST', path)).toMatchObject({ status: 201, data: { status: 'COMPLETED' } });
    expect(issueOf(await call('POST', path))).toBe('CAPTURE_FULLY_REFUNDED');
  });
});

it('an invoice number that a declined payment held is free again', async () => {
  const call = await client();
  const capture = async (button: string) => {
    const { data } = await call('POST', '/v2/checkout/orders', order({}, { invoice_id: 'INV-1' }));
    await paypal.press(button, data.id);
    return call('POST', `/v2/checkout/orders/${data.id}/capture`, undefined, { prefer: 'return=representation' });
  };
  const pending = await capture('pay-later');
  expect(issueOf(await capture('pay'))).toBe('DUPLICATE_INVOICE_ID');
  const [unit] = pending.data['purchase_units'] as { payments: { captures: { id: string }[] } }[];
  await paypal.control('POST', `/_sim/captures/${unit!.payments.captures[0]!.id}/decline`);
  expect(await capture('pay')).toMatchObject({ status: 201, data: { status: 'COMPLETED' } });
});

describe('the rest of the wire', () => {
  it('saves a wallet without a purchase, after the buyer agreed, and deletes it', async () => {
    const call = await client();
    const context = { return_url: 'https://shop.example.com/saved', cancel_url: 'https://shop.example.com/' };
    const wallet = { usage_type: 'MERCHANT', experience_context: context };
    const setup = await call('POST', '/v3/vault/setup-tokens', { payment_source: { paypal: wallet } });
    const exchange = { payment_source: { token: { id: setup.data.id, type: 'SETUP_TOKEN' } } };
    expect(issueOf(await call('POST', '/v3/vault/payment-tokens', exchange))).toBe('PAYER_ACTION_REQUIRED');
    const agreed = await fetch(`${paypal.url}/agreements/agree`, {
      method: 'POST',
      body: new URLSearchParams({ id: setup.data.id }),
      redirect: 'manual',
    });
    expect(agreed.headers.get('location')).toBe(`https://shop.example.com/saved?approval_token_id=${setup.data.id}`);
    const headers = { 'paypal-request-id': 'pt-1' };
    const made = await call('POST', '/v3/vault/payment-tokens', exchange, headers);
    expect((await call('POST', '/v3/vault/payment-tokens', exchange, headers)).data.id).toBe(made.data.id);
    expect(await call('GET', `/v3/vault/payment-tokens/${made.data.id}`)).toMatchObject({ status: 200 });
    expect(await call('DELETE', `/v3/vault/payment-tokens/${made.data.id}`)).toMatchObject({ status: 204 });
    expect(await call('GET', `/v3/vault/payment-tokens/${made.data.id}`)).toMatchObject({ status: 404 });
  });

  it('shows the page on which a wallet is stored, with what others wrote as text, and says when it is over', async () => {
    const requests = sampleRequests();
    const setUp = { ...requests.setUp, description: '<script>alert(1)</script>' };
    const { url, checkoutId } = await paypal.gateway.setUpMethod(setUp);
    const html = await (await fetch(url)).text();
    expect(html).toContain('&lt;script&gt;');
    for (const label of ['Agree and save', 'does not accept', 'Cancel and return']) expect(html).toContain(label);
    expect(html).not.toMatch(/<script|src=|<link|url\(|https?:\/\//);
    await paypal.answer('agree', checkoutId);
    await paypal.gateway.settleMethod(requests.page(checkoutId));
    expect(await (await fetch(url)).text()).toContain('This was saved already.');
    const late = await paypal.gateway.setUpMethod(sampleRequests().setUp);
    paypal.simulator.advance(4 * HOUR);
    expect((await fetch(late.url)).status).toBe(404);
  });

  it('refuses a setup token that leads nowhere, or whose customer is written as PayPal does not take it', async () => {
    const call = await client();
    const context = { return_url: 'https://shop.example.com/saved', cancel_url: 'https://shop.example.com/' };
    const setup = (experience_context: object, customer: object = {}) =>
      call('POST', '/v3/vault/setup-tokens', {
        customer,
        payment_source: { paypal: { usage_type: 'MERCHANT', experience_context } },
      });
    expect(await setup({ return_url: context.return_url })).toMatchObject({ status: 400 });
    for (const merchant_customer_id of ['a:b', 'x'.repeat(65)]) {
      expect(await setup(context, { merchant_customer_id })).toMatchObject({ status: 400 });
    }
    expect(await setup(context, { merchant_customer_id: 'a.b' })).toMatchObject({ status: 201 });
  });

  it('searches transactions, whatever empty segments the query has', async () => {
    const requests = sampleRequests();
    await paypal.gateway.charge(requests.charge(await paypal.simulator.savedMethod('pays')));
    const day = (ms: number) => new Date(Date.now() + ms).toISOString();
    const query = `start_date=${day(-HOUR)}&end_date=${day(HOUR)}&&&&fields=all&&page=1`;
    expect(await (await client())('GET', `/v1/reporting/transactions?${query}`)).toMatchObject({
      data: { total_items: 1, transaction_details: [{ transaction_info: { transaction_status: 'S' } }] },
    });
  });

  it('tells of disputes until they are resolved', async () => {
    const requests = sampleRequests();
    const charged = await paypal.gateway.charge(requests.charge(await paypal.simulator.savedMethod('pays')));
    const { payment } = charged as Extract<typeof charged, { outcome: 'paid' }>;
    const call = await client();
    const opened = await paypal.control<{ dispute_id: string }>('POST', '/_sim/disputes', {
      captureId: payment.gatewayPaymentId,
    });
    expect(await call('GET', '/v1/customer/disputes')).toMatchObject({ data: { items: [{ status: 'OPEN' }] } });
    await paypal.control('POST', `/_sim/disputes/${opened.dispute_id}/resolve`, { outcome: 'RESOLVED_SELLER_FAVOUR' });
    expect(await call('GET', `/v1/customer/disputes/${opened.dispute_id}`)).toMatchObject({
      data: { status: 'RESOLVED', dispute_outcome: { outcome_code: 'RESOLVED_SELLER_FAVOUR' } },
    });
  });

  it('serves the chain it signs with, in a form that other readers take', async () => {
    const { roots } = await paypal.control<{ roots: string[] }>('GET', '/_sim/trust');
    const authority = new X509Certificate(roots[0]!);
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(authority.subject).toBe('CN=Simulated PayPal CA');
    expect(authority.validTo).toBe('Jan  1 00:00:00 2099 GMT');
  });
});

describe("the buyer's page", () => {
  const page = async (token: string) => {
    const response = await fetch(`${paypal.url}/checkoutnow?token=${token}`);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

  it('shows what is paid and how, and nothing from elsewhere', async () => {
    const requests = sampleRequests();
    const description = '<script>alert(1)</script>';
    const { checkoutId } = await paypal.gateway.checkout({ ...requests.checkout, description });
    const { text, headers } = await page(checkoutId);
    expect(text).toContain('12.99 EUR');
    expect(text).toContain('Pay now');
    expect(text).not.toContain(description);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('leads back to the shop with the order and the payer', async () => {
    const requests = sampleRequests();
    const { checkoutId } = await paypal.gateway.checkout(requests.checkout);
    const cancelled = await paypal.press('cancel', checkoutId);
    expect(cancelled).toBe(`${requests.checkout.cancelUrl}?token=${checkoutId}`);
    const paid = new URL(await paypal.press('pay', checkoutId));
    expect(`${paid.origin}${paid.pathname}`).toBe('https://portal.example.com/orders/1');
    expect(Object.fromEntries(paid.searchParams)).toEqual({
      paid: '1',
      token: checkoutId,
      PayerID: expect.stringMatching(/^[0-9A-F]{13}$/),
    });
    await paypal.gateway.settle(requests.handle(checkoutId));
    expect((await page(checkoutId)).text).toContain('paid already');
  });

  it('has expired after three hours', async () => {
    const { checkoutId } = await paypal.gateway.checkout(sampleRequests().checkout);
    paypal.paypal.clock.advance(3 * HOUR + 1_000);
    expect(await page(checkoutId)).toMatchObject({ status: 404, text: expect.stringContaining('expired') });
  });
});
