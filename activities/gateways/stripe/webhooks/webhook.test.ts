import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { GatewayEvent } from '#activities/gateways/gateway.ts';
import { verifyStripeWebhook, type StripeWebhook } from './webhook.ts';

const SECRET = 'whsec_current_0123456789';
const OLD = 'whsec_previous_987654321';
const NOW = new Date('2027-01-31T10:00:00Z');
const seconds = NOW.getTime() / 1_000;
const reference = { env: 'sandbox', invoice_id: 'inv-1', attempt_id: 'att-1' };

const EVENT = {
  id: 'evt_1Abc',
  object: 'event',
  api_version: '2026-10-28.endive',
  created: seconds - 5,
  livemode: false,
  type: 'checkout.session.completed',
  data: { object: { id: 'cs_test_1', object: 'checkout.session', payment_intent: 'pi_1', metadata: reference } },
};
const BODY = JSON.stringify(EVENT);

/** As Stripe signs, written out here so that the SDK does not test itself. */
const hmac = (body: string | Uint8Array, t: number, secret = SECRET) =>
  createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');

interface Given {
  body?: string | Uint8Array;
  header?: string | null;
  secrets?: StripeWebhook['secrets'];
}
const verify = ({ body = BODY, header, secrets = { current: SECRET } }: Given = {}) => {
  const signature = header === undefined ? `t=${seconds},v1=${hmac(body, seconds)}` : header;
  const headers = new Headers(signature === null ? {} : { 'stripe-signature': signature });
  return verifyStripeWebhook({ raw: body, headers, secrets, now: NOW });
};

describe('HOOK-01 Stripe webhooks', () => {
  it('takes a genuine event and says what it is about', async () => {
    expect(await verify()).toEqual({
      verdict: 'genuine',
      event: {
        eventId: 'evt_1Abc',
        type: 'checkout.session.completed',
        createdAt: new Date('2027-01-31T09:59:55Z'),
        livemode: false,
        subject: 'checkout',
        objectId: 'cs_test_1',
        checkoutId: 'cs_test_1',
        gatewayPaymentId: 'pi_1',
        reference: { env: 'sandbox', invoiceId: 'inv-1', attemptId: 'att-1' },
        payload: EVENT,
      },
    });
  });

  const at = (t: number) => `t=${t},v1=${hmac(BODY, t)}`;
  const good = hmac(BODY, seconds);
  const bad = '0'.repeat(64);
  const bytes = (text: string) => new TextEncoder().encode(text);

  it.each<Given & { what: string }>([
    { what: 'the raw bytes instead of text', body: bytes(BODY) },
    { what: 'a signature exactly 300 s old', header: at(seconds - 300) },
    { what: 'a signature 300 s ahead of our clock', header: at(seconds + 300) },
    { what: 'two v1, the second right, as while a secret is rolled', header: `t=${seconds},v1=${bad},v1=${good}` },
    { what: 'schemes it does not know beside v1', header: `t=${seconds},v0=${bad},v1=${good},v9=x` },
    {
      what: 'the previous secret while it holds',
      secrets: { current: 'whsec_next', previous: { secret: SECRET, until: new Date(NOW.getTime() + 1) } },
    },
    { what: 'a secret with a stray newline', secrets: { current: `${SECRET}\n` } },
    { what: 'a body with characters beyond ASCII', body: JSON.stringify({ ...EVENT, note: 'Müller €' }) },
  ])('HOOK-01 takes $what', async (given) => {
    expect(await verify(given)).toMatchObject({ verdict: 'genuine', event: { eventId: 'evt_1Abc' } });
  });

  const signedWith = (body: string | Uint8Array) => ({ body, header: `t=${seconds},v1=${hmac(body, seconds)}` });
  it.each<Given & { what: string; reason: RegExp }>([
    { what: 'no header', header: null, reason: /no stripe-signature/ },
    { what: 'an empty header', header: '', reason: /no stripe-signature/ },
    { what: 'an empty body', ...signedWith(''), reason: /No webhook payload/ },
    { what: 'a header without a timestamp', header: `v1=${good}`, reason: /timestamp/ },
    { what: 'a timestamp that is no number', header: `t=now,v1=${good}`, reason: /timestamp/ },
    { what: 'a timestamp with a tail', header: `t=${seconds}x,v1=${good}`, reason: /timestamp/ },
    { what: 'two timestamps', header: `t=${seconds - 9_999},t=${seconds},v1=${good}`, reason: /timestamp/ },
    { what: 'no v1', header: `t=${seconds},v0=${good}`, reason: /No signatures found/ },
    { what: 'an empty v1', header: `t=${seconds},v1=`, reason: /two arguments/ },
    { what: 'a wrong signature', header: `t=${seconds},v1=${bad}`, reason: /No signatures found/ },
    {
      what: 'the right signature in capitals',
      header: `t=${seconds},v1=${good.toUpperCase()}`,
      reason: /No signatures/,
    },
    { what: 'the signature of another time', header: `t=${seconds - 1},v1=${good}`, reason: /No signatures found/ },
    { what: 'a signature 301 s old', header: at(seconds - 301), reason: /outside the tolerance/ },
    { what: 'a signature 301 s ahead of our clock', header: at(seconds + 301), reason: /in the future/ },
    { what: 'a changed body', body: BODY.replace('pi_1', 'pi_2'), header: at(seconds), reason: /No signatures found/ },
    {
      what: 'a body that was parsed and written again',
      body: JSON.stringify(EVENT, null, 2),
      header: at(seconds),
      reason: /No signatures/,
    },
    {
      what: 'another secret',
      header: `t=${seconds},v1=${hmac(BODY, seconds, 'whsec_other')}`,
      reason: /No signatures/,
    },
    {
      what: 'the previous secret after its time',
      header: `t=${seconds},v1=${hmac(BODY, seconds, OLD)}`,
      secrets: { current: SECRET, previous: { secret: OLD, until: NOW } },
      reason: /No signatures/,
    },
    { what: 'anything while no secret is set', secrets: { current: '' }, reason: /endpoint is closed/ },
    {
      what: 'anything while the secret is blank',
      header: `t=${seconds},v1=${hmac(BODY, seconds, ' ')}`,
      secrets: { current: ' ' },
      reason: /endpoint is closed/,
    },
    { what: 'broken JSON with a valid signature', ...signedWith('{"id": "evt_1"'), reason: /not JSON/ },
    {
      what: 'a thin event with a valid signature',
      ...signedWith('{"object":"v2.core.event","id":"evt_1"}'),
      reason: /thin event/,
    },
    { what: 'JSON that is no event', ...signedWith('[]'), reason: /not an event/ },
    { what: 'null', ...signedWith('null'), reason: /not an event/ },
    {
      what: 'an event without an object',
      ...signedWith(JSON.stringify({ ...EVENT, data: {} })),
      reason: /not an event/,
    },
    { what: 'an event without an id', ...signedWith(JSON.stringify({ ...EVENT, id: '' })), reason: /not an event/ },
    {
      what: 'a byte order mark before a signed body',
      body: bytes(`\uFEFF${BODY}`),
      header: at(seconds),
      reason: /No signatures/,
    },
    { what: 'bytes that are not UTF-8', ...signedWith(new Uint8Array([0x7b, 0xff, 0x7d])), reason: /not UTF-8/ },
  ])('HOOK-01 refuses $what', async ({ reason, ...given }) => {
    expect(await verify(given)).toEqual({ verdict: 'forged', reason: expect.stringMatching(reason) });
  });

  it('HOOK-01 never repeats a secret or the body in its reason', async () => {
    const { reason } = (await verify({ header: `t=${seconds},v1=${bad}` })) as { reason: string };
    expect(reason).not.toContain(SECRET);
    expect(reason).not.toContain('cs_test_1');
  });

  it.each([
    {
      object: { id: 'pi_1', object: 'payment_intent', metadata: reference },
      subject: 'payment',
      gatewayPaymentId: 'pi_1',
    },
    { object: { id: 'ch_1', object: 'charge', payment_intent: 'pi_1' }, subject: 'payment', gatewayPaymentId: 'pi_1' },
    { object: { id: 're_1', object: 'refund', payment_intent: 'pi_1' }, subject: 'refund', gatewayPaymentId: 'pi_1' },
    {
      object: { id: 'dp_1', object: 'dispute', payment_intent: { id: 'pi_1' } },
      subject: 'dispute',
      gatewayPaymentId: 'pi_1',
    },
    {
      object: { id: 'issfr_1', object: 'radar.early_fraud_warning', payment_intent: 'pi_1' },
      subject: 'dispute',
      gatewayPaymentId: 'pi_1',
    },
    { object: { id: 'pm_1', object: 'payment_method', metadata: {} }, subject: 'method', gatewayPaymentId: undefined },
    { object: { id: 'cus_1', object: 'customer' }, subject: 'other', gatewayPaymentId: undefined },
    {
      object: { id: 'cs_1', object: 'checkout.session', payment_intent: null },
      subject: 'checkout',
      gatewayPaymentId: undefined,
    },
  ])('reads $object.object as $subject', async ({ object, subject, gatewayPaymentId }) => {
    const verdict = await verify({ body: JSON.stringify({ ...EVENT, data: { object } }) });
    expect(verdict).toMatchObject({ verdict: 'genuine', event: { subject, objectId: object.id } });
    expect((verdict as { event: { gatewayPaymentId?: string } }).event.gatewayPaymentId).toBe(gatewayPaymentId);
  });

  const setUp = { env: 'sandbox', account_id: 'cust-1', set_up_id: 'su-1' };
  const ours = { env: 'sandbox', customerId: 'cust-1', setUpId: 'su-1' };
  it.each([
    {
      what: 'a page that stored a method',
      object: { id: 'cs_1', object: 'checkout.session', mode: 'setup', customer: 'cus_1', metadata: setUp },
      event: { checkoutId: 'cs_1', gatewayCustomerId: 'cus_1', setUp: ours },
    },
    {
      what: 'a set-up that succeeded',
      object: { id: 'seti_1', object: 'setup_intent', customer: 'cus_1', payment_method: 'pm_1', metadata: setUp },
      event: { methodId: 'pm_1', gatewayCustomerId: 'cus_1', setUp: ours },
    },
    {
      what: 'a set-up that failed',
      object: { id: 'seti_1', object: 'setup_intent', customer: 'cus_1', payment_method: null, metadata: setUp },
      event: { methodId: undefined, setUp: ours },
    },
    {
      what: 'a set-up of another environment',
      object: { id: 'seti_1', object: 'setup_intent', metadata: { ...setUp, env: 'production' } },
      event: { setUp: { ...ours, env: 'production' } },
    },
    {
      what: 'a set-up made by hand',
      object: { id: 'seti_1', object: 'setup_intent', metadata: {} },
      event: { setUp: null },
    },
    {
      what: 'a method of a customer',
      object: { id: 'pm_1', object: 'payment_method', customer: 'cus_1', metadata: {} },
      event: { methodId: 'pm_1', gatewayCustomerId: 'cus_1', setUp: null },
    },
    {
      what: 'a method that was detached',
      object: { id: 'pm_1', object: 'payment_method', customer: null },
      event: { methodId: 'pm_1', gatewayCustomerId: undefined },
    },
    {
      what: 'a mandate',
      object: { id: 'mandate_1', object: 'mandate', payment_method: 'pm_1' },
      event: { methodId: 'pm_1' },
    },
  ])('reads $what as about a method, and never as money', async ({ object, event }) => {
    const verdict = await verify({ body: JSON.stringify({ ...EVENT, data: { object } }) });
    expect(verdict).toMatchObject({ verdict: 'genuine', event: { subject: 'method', objectId: object.id, ...event } });
    expect((verdict as { event: GatewayEvent }).event).toMatchObject({ reference: null });
    expect((verdict as { event: GatewayEvent }).event.gatewayPaymentId).toBeUndefined();
  });
});
