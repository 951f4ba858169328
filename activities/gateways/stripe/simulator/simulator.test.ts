import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '#activities/simulation/simulator.ts';
import { listed, sampleRequests } from '#activities/gateways/gateway.contract.ts';
import { TEST_CARDS } from './payments/cards.ts';
import { SECRET_KEY, startStripe, WEBHOOK_SECRET } from '../testing/harness.ts';
import { verifyStripeWebhook } from '../webhooks/webhook.ts';

type Stripe = Awaited<ReturnType<typeof startStripe>>;

/** An endpoint as ours: checks the signature, and hands each delivery to whoever waits for it. */
async function startReceiver(answer: () => number = () => 200) {
  const seen: string[] = [];
  const waiting: { count: number; resolve: (types: string[]) => void }[] = [];
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/hook', async (c) => {
    const raw = new Uint8Array(await c.req.arrayBuffer());
    const verdict = await verifyStripeWebhook({
      raw,
      headers: c.req.raw.headers,
      secrets: { current: WEBHOOK_SECRET },
      now: new Date(),
    });
    seen.push(verdict.verdict === 'genuine' ? verdict.event.type : verdict.verdict);
    for (const { count, resolve } of waiting) if (seen.length >= count) resolve([...seen]);
    return c.body(null, answer() as 200);
  });
  const running = await listen(app);
  return {
    url: `${running.url}/hook`,
    seen,
    until: (count: number) =>
      seen.length >= count
        ? Promise.resolve([...seen])
        : new Promise<string[]>((resolve) => waiting.push({ count, resolve })),
    close: running.close,
  };
}

const HAPPY = ['payment_method.attached', 'payment_intent.succeeded', 'checkout.session.completed'];

describe('the simulated Stripe', () => {
  let stripe: Stripe;
  let requests: ReturnType<typeof sampleRequests>;
  beforeEach(async () => {
    stripe = await startStripe();
    requests = sampleRequests();
  });
  afterEach(() => stripe.close());
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${stripe.simulator.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${SECRET_KEY}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body,
    });

  describe('webhooks', () => {
    let receiver: Awaited<ReturnType<typeof startReceiver>>;
    let refusals = 0;
    beforeEach(async () => {
      refusals = 0;
      receiver = await startReceiver(() => (refusals-- > 0 ? 500 : 200));
      await stripe.control('/webhook-target', { url: receiver.url }, 'PUT');
    });
    afterEach(() => receiver.close());
    const pay = async () => {
      const { checkoutId } = await stripe.gateway.checkout(requests.checkout);
      await stripe.simulator.payCheckout(checkoutId);
    };

    it('are signed as our endpoint wants them', async () => {
      await pay();
      expect((await receiver.until(3)).sort()).toEqual([...HAPPY].sort());
    });

    it('come as often as planned', async () => {
      await stripe.control('/webhooks/plan', { copies: 3 });
      await pay();
      expect((await receiver.until(9)).sort()).toEqual([...HAPPY, ...HAPPY, ...HAPPY].sort());
    });

    it('are held and released in any order', async () => {
      await stripe.control('/webhooks/plan', { hold: true });
      await pay();
      const held = await stripe.control<{ eventId: string; type: string }[]>('/webhooks/held');
      expect(held.map(({ type }) => type)).toEqual(HAPPY);
      expect(receiver.seen).toEqual([]);
      const [attached, succeeded, completed] = held.map(({ eventId }) => eventId);
      await stripe.control('/webhooks/release', { eventIds: [completed, succeeded, completed] });
      expect(receiver.seen).toEqual([HAPPY[2], HAPPY[1], HAPPY[2]]);
      expect(await stripe.control('/webhooks/held')).toMatchObject([{ eventId: attached }]);
    });

    it('are lost when planned so, and found in the list of events', async () => {
      await stripe.control('/webhooks/plan', { drop: ['*'] });
      await pay();
      expect(await stripe.control('/webhooks')).toEqual([]);
      const there = await listed(stripe.gateway, new Date(Date.now() - 60_000));
      expect(there.map(({ type }) => type)).toEqual(expect.arrayContaining(HAPPY));
    });

    it('come again until they are taken', async () => {
      refusals = 1;
      await stripe.control('/webhooks/plan', { drop: HAPPY.slice(0, 2) });
      await pay();
      expect(await receiver.until(2)).toEqual([HAPPY[2], HAPPY[2]]);
    });

    it('do not leave while no target is set', async () => {
      await stripe.control('/webhook-target', { url: null }, 'PUT');
      await pay();
      expect(await stripe.control('/webhooks')).toEqual([]);
    });
  });

  describe('idempotency', () => {
    const body = 'email=ada%40example.com';
    const key = { 'idempotency-key': 'k1' };

    it('replays the first answer, refuses other parameters and other addresses, and forgets after a day', async () => {
      const first = await post('/v1/customers', body, key);
      const again = await post('/v1/customers', body, key);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(again.headers.get('request-id')).toBe(first.headers.get('request-id'));
      expect(await again.text()).toBe(await first.text());
      for (const other of [post('/v1/customers', 'email=b', key), post('/v1/refunds', body, key)]) {
        const response = await other;
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ error: { type: 'idempotency_error' } });
      }
      stripe.stripe.advance(86_400_000);
      expect((await post('/v1/customers', body, key)).headers.get('idempotent-replayed')).toBeNull();
      expect(stripe.stripe.world.cus.all()).toHaveLength(2);
    });

    it('does not keep what was refused before it began', async () => {
      expect((await post('/v1/customers', 'nonsense=1', key)).status).toBe(400);
      expect((await post('/v1/customers', body, key)).status).toBe(200);
    });

    it('keeps a 500', async () => {
      await stripe.control('/stored-errors', { path: 'customers', after: false });
      expect((await post('/v1/customers', body, key)).status).toBe(500);
      const again = await post('/v1/customers', body, key);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([500, 'true']);
      expect(stripe.stripe.world.cus.all()).toEqual([]);
    });
  });

  it.each([
    { what: 'no key', path: '/v1/customers', body: '', headers: { authorization: '' }, status: 401 },
    { what: 'a wrong key', path: '/v1/customers', body: '', headers: { authorization: 'Bearer sk_x' }, status: 401 },
    { what: 'an unknown parameter', path: '/v1/customers', body: 'foo=1', status: 400, code: 'parameter_unknown' },
    {
      what: 'payment_method_types, which is gone',
      path: '/v1/payment_intents',
      body: 'amount=1299&currency=eur&payment_method_types[0]=card',
      status: 400,
      code: 'parameter_unknown',
    },
    {
      what: 'a missing amount',
      path: '/v1/payment_intents',
      body: 'currency=eur',
      status: 400,
      code: 'parameter_missing',
    },
    {
      what: 'an amount with a fraction',
      path: '/v1/payment_intents',
      body: 'amount=10.5&currency=eur',
      status: 400,
      code: 'parameter_invalid_integer',
    },
    {
      what: 'too little',
      path: '/v1/payment_intents',
      body: 'amount=49&currency=eur',
      status: 400,
      code: 'amount_too_small',
    },
    {
      what: 'off_session without confirm',
      path: '/v1/payment_intents',
      body: 'amount=1299&currency=eur&off_session=true',
      status: 400,
    },
    { what: 'the old ui_mode', path: '/v1/checkout/sessions', body: 'mode=payment&ui_mode=hosted', status: 400 },
    {
      what: 'an unknown payment',
      path: '/v1/payment_intents/pi_x/confirm',
      body: '',
      status: 404,
      code: 'resource_missing',
    },
    { what: 'an unknown address', path: '/v1/nothing', body: '', status: 404 },
    { what: 'a name that is no parameter', path: '/v1/customers', body: 'a]b=1', status: 400 },
  ])('refuses $what', async ({ path, body, headers = {}, status, code }) => {
    const response = await post(path, body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String), ...(code ? { code } : {}) } });
  });

  it('opens a portal for a customer, and shows an event by its id', async () => {
    const { id } = await stripe.api('/v1/customers', { email: 'ada@example.com' });
    const portal = await stripe.api<{ url: string }>('/v1/billing_portal/sessions', { customer: id });
    expect(await (await fetch(portal.url)).json()).toEqual({ customer: id, methods: [] });
    await stripe.keepMethod('pm_card_visa');
    const [event] = stripe.stripe.world.evt.all();
    const headers = { authorization: `Bearer ${SECRET_KEY}` };
    const shown = await fetch(`${stripe.simulator.url}/v1/events/${event!.id}`, { headers });
    expect(await shown.json()).toMatchObject({ id: event!.id, object: 'event', type: event!.type });
  });

  describe('the hosted page', () => {
    const openPage = async (description = 'Hosting') => {
      const { url, checkoutId } = await stripe.gateway.checkout({ ...requests.checkout, description });
      return { url, checkoutId, html: await (await fetch(url)).text() };
    };
    const press = (url: string, form: Record<string, string>) =>
      fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) });

    it('shows amount, e-mail and a card, and loads nothing from anywhere', async () => {
      const { html } = await openPage();
      expect(html).toContain('EUR 12.99');
      expect(html).toContain('value="ada@example.com"');
      expect(html).toContain('value="4242 4242 4242 4242"');
      for (const label of [
        'Pay EUR 12.99',
        'Pay with 3-D Secure',
        'Decline',
        'Pay by SEPA debit',
        'Pay twice',
        'Cancel',
      ]) {
        expect(html).toContain(`>${label}</button>`);
      }
      expect(html).not.toMatch(/src=|<link|url\(|https?:\/\//);
      for (const { number } of TEST_CARDS) expect(html).toContain(number);
    });

    it('WEB-05 shows what others wrote as text', async () => {
      requests.checkout.invoiceNumber = '<script>alert(1)</script>';
      const { html } = await openPage();
      expect(html).not.toContain('<script>');
      expect(html).toContain('&lt;script&gt;');
    });

    it('sends the payer on, with the checkout in the address', async () => {
      requests.checkout.successUrl = 'https://portal.example.com/paid?checkout={CHECKOUT_SESSION_ID}';
      const { url, checkoutId } = await openPage();
      const paid = await press(url, { action: 'pay', number: '4242 4242 4242 4242' });
      expect([paid.status, paid.headers.get('location')]).toEqual([
        303,
        `https://portal.example.com/paid?checkout=${checkoutId}`,
      ]);
      expect(await (await fetch(url)).text()).toContain('This was already paid.');
      expect((await press(url, { action: 'pay' })).status).toBe(410);
      expect(await stripe.simulator.countPayments(requests.reference.invoiceId)).toBe(1);
    });

    it('takes one payment from two presses at once', async () => {
      const { url } = await openPage();
      await Promise.all([press(url, { action: 'pay' }), press(url, { action: 'pay' })]);
      expect(await stripe.simulator.countPayments(requests.reference.invoiceId)).toBe(1);
    });

    it('sends back who cancels, says why a card was declined, and refuses numbers that are no test cards', async () => {
      const { url } = await openPage();
      const back = await press(url, { action: 'cancel' });
      expect(back.headers.get('location')).toBe(requests.checkout.cancelUrl);
      const declined = await press(url, { action: 'pay', number: '4000000000009995' });
      expect([declined.status, await declined.text()]).toEqual([402, expect.stringContaining('insufficient funds')]);
      const unknown = await press(url, { action: 'pay', number: '4111111111111111' });
      expect(await unknown.text()).toContain('not a test card');
    });

    it('asks the bank, and again after a reload', async () => {
      const { url } = await openPage();
      const asked = await press(url, { action: 'challenge' });
      expect(await asked.text()).toContain('Your bank asks');
      expect(await (await fetch(url)).text()).toContain('Your bank asks');
      const approved = await press(`${url}/challenge`, { result: 'approve' });
      expect(approved.headers.get('location')).toBe(requests.checkout.successUrl);
    });

    it('is gone when its time is over, and says so to the shop', async () => {
      const { url } = await openPage();
      const { now } = await stripe.control<{ now: string }>('/clock', { advanceMs: 2 * 3_600_000 });
      expect(new Date(now).getTime()).toBeGreaterThan(Date.now());
      expect((await fetch(url)).status).toBe(410);
      expect((await press(url, { action: 'pay' })).status).toBe(410);
      const events = await listed(stripe.gateway, new Date());
      expect(events.map(({ type }) => type)).toContain('checkout.session.expired');
    });
  });

  describe('the page that stores a method', () => {
    const openPage = async (description = requests.setUp.description) =>
      (await stripe.gateway.setUpMethod({ ...requests.setUp, description })).url;
    const text = async (url: string) => (await fetch(url)).text();
    const press = (url: string, form: Record<string, string>) =>
      fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) });

    it('shows what it is for, an e-mail and a card, speaks of no amount, and loads nothing from anywhere', async () => {
      const html = await text(await openPage());
      expect(html).toContain('Renewals of your hosting');
      expect(html).toContain('value="ada@example.com"');
      for (const label of [
        'Save card',
        'Save with 3-D Secure',
        'Decline',
        'Save a bank account for SEPA debit',
        'Cancel',
      ]) {
        expect(html).toContain(`>${label}</button>`);
      }
      expect(html).not.toMatch(/\bPay\b|EUR|src=|<link|url\(|https?:\/\//);
    });

    it('WEB-05 shows what others wrote as text', async () => {
      expect(await text(await openPage('<script>alert(1)</script>'))).toContain('&lt;script&gt;');
    });

    it('sends the customer on once it is stored, and stores nothing twice', async () => {
      const url = await openPage();
      const saved = await press(url, { action: 'pay', number: '4242 4242 4242 4242' });
      expect([saved.status, saved.headers.get('location')]).toEqual([303, requests.setUp.successUrl]);
      expect(await text(url)).toContain('This was already saved.');
      expect((await press(url, { action: 'pay' })).status).toBe(410);
      expect((await press(url, { action: 'twice' })).status).toBe(410);
      expect(await stripe.simulator.countMethods(requests.setUp.customer.id)).toBe(1);
    });

    it('sends back who cancels, says why a card was refused, and asks the bank', async () => {
      const url = await openPage();
      const back = await press(url, { action: 'cancel' });
      expect(back.headers.get('location')).toBe(requests.setUp.cancelUrl);
      const declined = await press(url, { action: 'decline' });
      expect([declined.status, await declined.text()]).toEqual([402, expect.stringContaining('was declined')]);
      const asked = await press(url, { action: 'challenge' });
      expect(await asked.text()).toContain('Your bank asks');
      const approved = await press(`${url}/challenge`, { result: 'approve' });
      expect(approved.headers.get('location')).toBe(requests.setUp.successUrl);
    });

    it('is told of with the events of a set-up, in whatever state it ends', async () => {
      const url = await openPage();
      await press(url, { action: 'decline' });
      await press(url, { action: 'challenge' });
      await press(`${url}/challenge`, { result: 'approve' });
      const { url: unused } = await stripe.gateway.setUpMethod(sampleRequests().setUp);
      await stripe.control('/clock', { advanceMs: 2 * 3_600_000 });
      expect((await fetch(unused)).status).toBe(410);
      const types = stripe.stripe.world.evt.all().map(({ type }) => type);
      expect(types.filter((type) => !type.startsWith('customer.'))).toEqual([
        'setup_intent.created',
        'setup_intent.setup_failed',
        'setup_intent.requires_action',
        'payment_method.attached',
        'setup_intent.succeeded',
        'checkout.session.completed',
        'setup_intent.created',
        'checkout.session.expired',
      ]);
    });
  });

  it.each([
    { body: 'mode=setup&success_url=https://a.example', because: 'it needs a currency or a list of methods' },
    { body: 'mode=setup&currency=eur', because: 'it leads nowhere' },
    {
      body: 'mode=setup&currency=eur&success_url=https://a.example&line_items[0][quantity]=1',
      because: 'nothing is sold',
    },
    { body: 'mode=subscription&success_url=https://a.example', because: 'subscriptions are ours' },
  ])('refuses a session of $body: $because', async ({ body }) => {
    expect((await post('/v1/checkout/sessions', body)).status).toBe(400);
  });

  it('never attaches a method again that was detached', async () => {
    const { methodId, gatewayCustomerId } = await stripe.keepMethod('pm_card_visa');
    await stripe.simulator.revokeMethod(methodId);
    const again = await post(`/v1/payment_methods/${methodId}/attach`, `customer=${gatewayCustomerId}`);
    expect(again.status).toBe(400);
    expect((await post(`/v1/payment_methods/${methodId}/detach`, '')).status).toBe(400);
  });

  it('says when something happens by itself the next time, and does it for whoever moves its clock there', async () => {
    const { expiresAt } = await stripe.gateway.checkout(requests.checkout);
    const states = async () => {
      const { data } = await stripe.control<{ data: { status: string }[] }>('/checkouts');
      return data.map(({ status }) => status);
    };
    expect(await stripe.control('/clock')).toMatchObject({ next: expiresAt.toISOString() });
    expect(await states()).toEqual(['open']);
    expect(await stripe.control('/clock', { to: expiresAt.toISOString() })).toMatchObject({ next: null });
    expect(await states()).toEqual(['expired']);
  });

  it('knows after a kill what it had answered before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stripe-'));
    const stateFile = join(folder, 'stripe.jsonl');
    const before = await startStripe({ stateFile });
    const { checkoutId } = await before.gateway.checkout(requests.checkout);
    await before.simulator.payCheckout(checkoutId);
    await before.close();
    const after = await startStripe({ stateFile });
    expect((await after.gateway.checkout(requests.checkout)).checkoutId).toBe(checkoutId);
    expect(await after.gateway.settle(requests.handle(checkoutId))).toMatchObject({ state: 'paid' });
    expect(await after.simulator.countPayments(requests.reference.invoiceId)).toBe(1);
    await after.close();
    rmSync(folder, { recursive: true });
  });
});
