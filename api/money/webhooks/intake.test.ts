import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GatewayEvent } from '#activities/gateways/gateway.ts';
import { asCustomer, type ActingOrm } from '#db/acting.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { placeOrder } from '#db/orders/place-order.ts';
import { insertCustomer, seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { takeIn } from '#db/messages/inbox.ts';

const asOf = new Date('2026-03-02T10:00:00Z');
const ours = { env: 'sandbox', livemode: false };
const shop = { seller: { name: 'Shop', email: 'billing@shop.example', country: 'DE' }, billingZone: 'UTC' };

let db: TestDatabase;
let api: ActingOrm;
let customerId: string;
beforeAll(async () => {
  db = await createTestDatabase('intake');
  await seedFirstCatalog(db, asOf);
  api = await db.acting(10);
  customerId = await insertCustomer(db, 'ada@example.com');
});
afterAll(() => db.drop());

/** An order with one attempt at its gateway. */
async function ordered(attempt: { checkoutId?: string; gatewayPaymentId?: string } = {}) {
  const placed = await asCustomer(api, customerId, (em) =>
    placeOrder(
      em,
      { customerId, plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' },
      { actor: { type: 'customer', id: customerId } },
      shop,
      asOf,
    ),
  );
  if (placed.outcome !== 'placed') throw new Error(placed.outcome);
  const orderId = placed.order.id;
  const [invoice] = await db.sql<{ id: string }>(`select id from invoice where order_id = $1`, [orderId]);
  const attemptId = newId();
  await db.sql(
    `insert into payment_attempt (id, invoice_id, customer_id, order_id, gateway, account, number, kind, key, amount_minor,
       currency, status, checkout_id, gateway_payment_id, created_at, updated_at)
     values ($1, $2, $3, $4, 'stripe', 'main', 1, 'hosted', $5, 2900, 'EUR', 'requires_action', $6, $7, now(), now())`,
    [
      attemptId,
      invoice!.id,
      customerId,
      orderId,
      `key-${attemptId}`,
      attempt.checkoutId ?? null,
      attempt.gatewayPaymentId ?? null,
    ],
  );
  return { orderId, reference: { env: 'sandbox', invoiceId: invoice!.id, attemptId } };
}

let serial = 0;
const event = (facts: Partial<GatewayEvent> = {}): GatewayEvent => ({
  eventId: `evt_${(serial += 1)}`,
  type: 'checkout.session.completed',
  createdAt: new Date('2026-03-02T09:59:59Z'),
  livemode: false,
  subject: 'checkout',
  objectId: 'cs_unknown',
  reference: null,
  payload: { id: 'evt' },
  ...facts,
});
const deliver = (about: GatewayEvent, account = 'main') =>
  takeIn(api.api, { gateway: 'stripe', account, source: 'webhook', event: about }, ours, asOf);
const commands = (kind: string, workflowId: string) =>
  db.sql(`select name, args, key from command_outbox where kind = $1 and workflow_id = $2`, [kind, workflowId]);
const inbox = async (eventId: string) =>
  (
    await db.sql<{ id: string; outcome: string | null }>(`select id, outcome from webhook_inbox where event_id = $1`, [
      eventId,
    ])
  )[0]!;

describe('taking an event in', () => {
  it.each([
    ['the checkout', { checkoutId: 'cs_1' }, { checkoutId: 'cs_1' }],
    ['the payment', { gatewayPaymentId: 'pi_1' }, { gatewayPaymentId: 'pi_1', subject: 'payment' as const }],
  ])('tells the order, found by %s', async (_by, attempt, facts) => {
    const { orderId } = await ordered(attempt);
    const about = event(facts);
    expect(await deliver(about)).toBe('told');
    const { id, outcome } = await inbox(about.eventId);
    expect(outcome).toBeNull();
    expect(await commands('signal', `order/${orderId}`)).toEqual([
      { name: 'paymentReported', args: [id], key: `paymentReported/order/${orderId}/${id}` },
    ]);
  });

  it('tells the order, found by our reference, when the webhook is faster than our own record', async () => {
    const { orderId, reference } = await ordered();
    expect(await deliver(event({ reference, checkoutId: 'cs_not_stored_yet' }))).toBe('told');
    expect(await commands('signal', `order/${orderId}`)).toHaveLength(1);
  });

  it('tells nobody what is booked already, whichever of the events says it', async () => {
    const { orderId, reference } = await ordered({ checkoutId: 'cs_booked', gatewayPaymentId: 'pi_booked' });
    await db.sql(`update payment_attempt set status = 'succeeded' where order_id = $1`, [orderId]);
    for (const facts of [
      { subject: 'payment', gatewayPaymentId: 'pi_booked', reference },
      { subject: 'checkout', checkoutId: 'cs_booked', reference },
      { subject: 'checkout', checkoutId: 'cs_booked', gatewayPaymentId: 'pi_booked', reference },
    ] as const) {
      const about = event(facts);
      expect(await deliver(about)).toBe('known');
      expect(await inbox(about.eventId)).toMatchObject({ outcome: 'told' });
    }
    expect(await commands('signal', `order/${orderId}`)).toHaveLength(0);
  });

  it.each([
    ['a second payment', { subject: 'payment', gatewayPaymentId: 'pi_second' }],
    ['a dispute', { subject: 'dispute', gatewayPaymentId: 'pi_first' }],
    ['a refund', { subject: 'refund', gatewayPaymentId: 'pi_first' }],
  ] as const)('%s does not wait for a paid order that may be parked', async (_what, facts) => {
    await db.sql(`update payment_attempt set gateway_payment_id = null where gateway_payment_id = 'pi_first'`);
    const { orderId, reference } = await ordered({ checkoutId: `cs_${facts.subject}` });
    await db.sql(
      `update payment_attempt set status = 'succeeded', gateway_payment_id = 'pi_first' where order_id = $1`,
      [orderId],
    );
    const about = event({ ...facts, reference });
    expect(await deliver(about)).toBe('settled');
    const { id } = await inbox(about.eventId);
    expect(await commands('start', `settlement/${id}`)).toHaveLength(1);
    expect(await commands('signal', `order/${orderId}`)).toHaveLength(0);
  });

  it('HOOK-04: our own record of the checkout wins over what the event says of itself', async () => {
    const right = await ordered({ checkoutId: 'cs_right' });
    const wrong = await ordered({ checkoutId: 'cs_wrong' });
    expect(await deliver(event({ checkoutId: 'cs_right', reference: wrong.reference }))).toBe('told');
    expect(await commands('signal', `order/${right.orderId}`)).toHaveLength(1);
    expect(await commands('signal', `order/${wrong.orderId}`)).toHaveLength(0);
  });

  it('HOOK-04: an attempt at another account of the gateway is not this one', async () => {
    const { orderId, reference } = await ordered({ checkoutId: 'cs_main' });
    expect(await deliver(event({ checkoutId: 'cs_main', reference }), 'second')).toBe('settled');
    expect(await commands('signal', `order/${orderId}`)).toHaveLength(0);
  });

  it.each([
    ['environment', { reference: { env: 'production', invoiceId: newId(), attemptId: newId() } }],
    ['mode', { livemode: true }],
    ['mode, even of a checkout we know', { livemode: true, checkoutId: 'cs_1' }],
  ])('HOOK-04: an event of another %s is recorded and ignored', async (_what, facts) => {
    const about = event(facts);
    expect(await deliver(about)).toBe('ignored');
    const { id, outcome } = await inbox(about.eventId);
    expect(outcome).toBe('ignored');
    expect(await db.sql(`select 1 from command_outbox where args::text like $1`, [`%${id}%`])).toEqual([]);
  });

  it.each(['method', 'other'] as const)('an event about a %s is recorded and starts nothing', async (subject) => {
    expect(await deliver(event({ subject }))).toBe('ignored');
  });

  it.each([
    ['a page that stored it', { objectId: 'cs_set_up', checkoutId: 'cs_set_up', type: 'checkout.session.completed' }],
    ['a set-up', { objectId: 'seti_1', methodId: 'pm_1', type: 'setup_intent.succeeded' }],
    ['one that was taken away', { objectId: 'pm_1', methodId: 'pm_1', type: 'payment_method.detached' }],
  ])('an event about a stored method, of %s, is kept once and wakes nobody', async (_what, facts) => {
    const { orderId } = await ordered({ checkoutId: `cs_${facts.objectId}` });
    const setUp = { env: 'sandbox', customerId: newId(), setUpId: newId() };
    const about = event({ ...facts, subject: 'method', gatewayCustomerId: 'cus_1', setUp });
    expect(await deliver(about)).toBe('ignored');
    expect(await deliver(about)).toBe('duplicate');
    const { id, outcome } = await inbox(about.eventId);
    expect(outcome).toBe('ignored');
    expect(await db.sql(`select 1 from command_outbox where args::text like $1`, [`%${id}%`])).toEqual([]);
    expect(await commands('signal', `order/${orderId}`)).toEqual([]);
  });

  it.each(['checkout', 'payment', 'refund', 'dispute'] as const)(
    'money is never dropped: a %s nobody waits for gets a settlement of its own',
    async (subject) => {
      const about = event({ subject });
      expect(await deliver(about)).toBe('settled');
      const { id } = await inbox(about.eventId);
      expect(await commands('start', `settlement/${id}`)).toEqual([
        { name: 'settlePayment', args: [{ inboxId: id }], key: `start/settlement/${id}` },
      ]);
    },
  );

  it('HOOK-03: twenty deliveries of one event at once are one row and one command', async () => {
    const { orderId } = await ordered({ checkoutId: 'cs_many' });
    const about = event({ checkoutId: 'cs_many' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(about)));
    expect(answers.filter((answer) => answer === 'told')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'duplicate')).toHaveLength(19);
    expect(await db.sql(`select 1 from webhook_inbox where event_id = $1`, [about.eventId])).toHaveLength(1);
    expect(await commands('signal', `order/${orderId}`)).toHaveLength(1);
  });

  it('HOOK-05: events of one payment end as the same commands in whatever order they come', async () => {
    const { orderId } = await ordered({ checkoutId: 'cs_o', gatewayPaymentId: 'pi_o' });
    const story = [
      event({ checkoutId: 'cs_o' }),
      event({ subject: 'payment', gatewayPaymentId: 'pi_o', type: 'payment_intent.succeeded' }),
      event({ subject: 'checkout', checkoutId: 'cs_o', type: 'checkout.session.expired', createdAt: new Date(0) }),
    ];
    for (const about of [...story].reverse().concat(story)) await deliver(about);
    expect(await commands('signal', `order/${orderId}`)).toHaveLength(3);
  });

  it('keeps whatever a stranger wrote where our ids would be', async () => {
    const about = event({
      reference: { env: 'sandbox', invoiceId: "1'; drop table invoice", attemptId: 'none' },
      payload: { note: 'a\0b', quote: "'" },
    });
    expect(await deliver(about)).toBe('settled');
    const [row] = await db.sql(`select invoice_id, attempt_id, payload from webhook_inbox where event_id = $1`, [
      about.eventId,
    ]);
    expect(row).toEqual({ invoice_id: null, attempt_id: null, payload: { note: 'ab', quote: "'" } });
  });
});
