import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { Invoice, PaymentAttempt } from '#db/entities/index.ts';
import { openOrm, type Orm } from '#db/orm.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { addOrder } from '#db/testing/seed.ts';
import { bookSettled, type Booked } from './booking.ts';
import type { OurReference } from '#activities/gateways/gateway.ts';

const HOUR = 3_600_000;
const placed = Date.parse('2026-11-21T10:00:00Z');
const EUR = (minor: number) => ({ minor, currency: 'EUR' });

let db: TestDatabase;
let owner: Orm;
let worker: Orm;
beforeAll(async () => {
  db = await createTestDatabase('booking');
  owner = await openOrm(db.ownerUrl, 4);
  worker = await db.orm('worker');
  await seedCatalog(owner, new Date(placed));
}, 60_000);
afterAll(async () => {
  await owner?.close(true);
  await db?.drop();
});

/** An open invoice over EUR 29.00 with a hosted page at Stripe. */
async function owe() {
  const { orderId, customerId } = await addOrder(owner, { at: new Date(placed) });
  const em = owner.em.fork();
  const { id: invoiceId } = await em.findOneOrFail(Invoice, { orderId });
  const attemptId = newId();
  const at = new Date(placed);
  em.create(PaymentAttempt, {
    id: attemptId,
    invoiceId,
    customerId,
    orderId,
    gateway: 'stripe',
    account: 'main',
    number: 1,
    kind: 'hosted' as const,
    key: attemptId,
    amountMinor: 2_900,
    currency: 'EUR',
    status: 'requires_action' as const,
    createdAt: at,
    updatedAt: at,
  });
  await em.flush();
  const pay = (
    amount: { minor: number; currency: string },
    hours = 0,
    more: { id?: string; accept?: boolean; attemptId?: string | null; reference?: OurReference } = {},
  ): Promise<Booked> =>
    bookSettled(worker, {
      gateway: 'stripe',
      account: 'main',
      payment: {
        gatewayPaymentId: more.id ?? `pi_${newId()}`,
        amount,
        paidAt: new Date(placed + hours * HOUR),
        reference: more.reference ?? null,
      },
      attemptId: more.attemptId === undefined ? attemptId : more.attemptId,
      accept: more.accept ?? false,
      zone: 'UTC',
      asOf: placed + hours * HOUR,
    });
  const books = async () => {
    const ledger = await db.sql<{ account: string; total: string }>(
      `select account, sum(amount_minor)::text as total from ledger_entry where customer_id = $1 group by account having sum(amount_minor) <> 0 order by account`,
      [customerId],
    );
    const [invoice] = await db.sql<{ status: string; due: string }>(
      `select status, due_minor::text as due from invoice where id = $1`,
      [invoiceId],
    );
    const tasks = await db.sql<{ kind: string }>(`select kind from staff_task where customer_id = $1`, [customerId]);
    return {
      ledger: Object.fromEntries(ledger.map(({ account, total }) => [account, Number(total)])),
      invoice: invoice!.status,
      due: Number(invoice!.due),
      tasks: tasks.map(({ kind }) => kind),
    };
  };
  const settleAs = (status: string) => db.sql(`update invoice set status = $2 where id = $1`, [invoiceId, status]);
  return { pay, books, settleAs, invoiceId };
}

describe('money that arrives for an invoice over EUR 29.00', () => {
  it('pays it when it is what is owed, and is booked once however often it is seen', async () => {
    const { pay, books } = await owe();
    for (let i = 0; i < 3; i += 1)
      expect(await pay(EUR(2_900), 0, { id: 'pi_same' })).toEqual({ outcome: 'allocated' });
    expect(await books()).toEqual({
      ledger: { 'gateway:stripe/main': 2_900, invoices: -2_900 },
      invoice: 'paid',
      due: 0,
      tasks: [],
    });
  });

  it('is booked once when it is seen ten times at the same moment', async () => {
    const { pay, books } = await owe();
    const seen = await Promise.all(Array.from({ length: 10 }, () => pay(EUR(2_900), 0, { id: 'pi_at_once' })));
    expect(seen.map(({ outcome }) => outcome)).toEqual(Array(10).fill('allocated'));
    expect(await books()).toEqual({
      ledger: { 'gateway:stripe/main': 2_900, invoices: -2_900 },
      invoice: 'paid',
      due: 0,
      tasks: [],
    });
  });

  it('pays it once when ten payments arrive at the same moment; the other nine go back', async () => {
    const { pay, books } = await owe();
    const seen = await Promise.all(Array.from({ length: 10 }, () => pay(EUR(2_900))));
    expect(seen.filter(({ outcome }) => outcome === 'allocated')).toHaveLength(1);
    expect(seen.filter((booked) => booked.outcome === 'duplicate' && booked.refundId !== null)).toHaveLength(9);
    expect(await books()).toEqual({
      ledger: { 'gateway:stripe/main': 29_000, invoices: -2_900, credit_balance: -26_100 },
      invoice: 'paid',
      due: 0,
      tasks: Array(9).fill('duplicate_payment'),
    });
  });

  it.each([
    ['too little', EUR(1_000)],
    ['too much', EUR(5_000)],
    ['another currency', { minor: 2_900, currency: 'USD' }],
  ])('waits for a person when it is %s, and is credit meanwhile', async (_, amount) => {
    const { pay, books } = await owe();
    for (let i = 0; i < 2; i += 1)
      expect(await pay(amount, 0, { id: `pi_${amount.minor}${amount.currency}` })).toMatchObject({
        outcome: 'mismatch',
        got: amount,
        owed: EUR(2_900),
      });
    expect(await books()).toMatchObject({
      ledger: { 'gateway:stripe/main': amount.minor, credit_balance: -amount.minor },
      invoice: 'open',
      due: 2_900,
    });
  });

  it('pays it in full when staff accept too little: the rest is a credit note', async () => {
    const { pay, books, invoiceId } = await owe();
    await pay(EUR(1_000), 0, { id: 'pi_less' });
    expect(await pay(EUR(1_000), 1, { id: 'pi_less', accept: true })).toEqual({ outcome: 'allocated' });
    expect(await books()).toMatchObject({
      ledger: { 'gateway:stripe/main': 1_000, invoices: -1_000 },
      invoice: 'paid',
      due: 0,
    });
    expect(await db.sql(`select total_minor from credit_note where invoice_id = $1`, [invoiceId])).toEqual([
      { total_minor: '1900' },
    ]);
  });

  it('pays it when staff accept too much: the rest stays credit', async () => {
    const { pay, books } = await owe();
    await pay(EUR(5_000), 0, { id: 'pi_more' });
    expect(await pay(EUR(5_000), 1, { id: 'pi_more', accept: true })).toEqual({ outcome: 'allocated' });
    expect(await books()).toMatchObject({
      ledger: { 'gateway:stripe/main': 5_000, invoices: -2_900, credit_balance: -2_100 },
      invoice: 'paid',
      due: 0,
    });
  });

  it('goes back by itself when it is a second payment within a day of the first', async () => {
    const { pay, books } = await owe();
    await pay(EUR(2_900));
    const second = await pay(EUR(2_900), 23, { id: 'pi_second' });
    expect(second).toMatchObject({ outcome: 'duplicate', refundId: expect.any(String) });
    expect(await pay(EUR(2_900), 23, { id: 'pi_second' })).toEqual(second);
    expect(await books()).toMatchObject({
      ledger: { credit_balance: -2_900 },
      invoice: 'paid',
      tasks: ['duplicate_payment'],
    });
  });

  it('is credit when it is a second payment later than that', async () => {
    const { pay, books } = await owe();
    await pay(EUR(2_900));
    expect(await pay(EUR(2_900), 25)).toEqual({ outcome: 'duplicate', refundId: null });
    expect(await books()).toMatchObject({ ledger: { credit_balance: -2_900 }, tasks: ['duplicate_payment'] });
  });

  it.each(['void', 'uncollectible'])('is credit with a task when the invoice is %s', async (status) => {
    const { pay, books, settleAs } = await owe();
    await settleAs(status);
    expect(await pay(EUR(2_900))).toEqual({ outcome: 'credited' });
    expect(await books()).toMatchObject({
      ledger: { 'gateway:stripe/main': 2_900, credit_balance: -2_900 },
      invoice: status,
      tasks: ['late_money'],
    });
  });

  it('is kept apart with a task when it belongs to no invoice of ours', async () => {
    const { pay } = await owe();
    const id = `pi_${newId()}`;
    expect(await pay(EUR(700), 0, { id, attemptId: null })).toEqual({ outcome: 'credited' });
    expect(
      await db.sql(
        `select e.account, e.amount_minor from ledger_entry e join ledger_transaction t on t.id = e.transaction_id join payment p on t.key = 'payment/' || p.id where p.gateway_payment_id = $1 order by e.position`,
        [id],
      ),
    ).toEqual([
      { account: 'gateway:stripe/main', amount_minor: '700' },
      { account: 'unmatched', amount_minor: '-700' },
    ]);
  });

  it.each(['42', 'attempt-1', '', 'x'.repeat(300)])(
    'is kept apart when it carries %j as an attempt',
    async (attemptId) => {
      const { pay } = await owe();
      const reference = { env: 'sandbox', invoiceId: '17', attemptId };
      expect(await pay(EUR(700), 0, { attemptId: null, reference })).toEqual({ outcome: 'credited' });
      expect(await pay(EUR(700), 0, { attemptId })).toEqual({ outcome: 'credited' });
    },
  );

  it('is booked once when it belongs to no invoice and is seen ten times at the same moment', async () => {
    const { pay } = await owe();
    const id = `pi_${newId()}`;
    const seen = await Promise.all(Array.from({ length: 10 }, () => pay(EUR(700), 0, { id, attemptId: null })));
    expect(seen.map(({ outcome }) => outcome)).toEqual(Array(10).fill('credited'));
    expect(await db.sql(`select 1 from payment where gateway_payment_id = $1`, [id])).toHaveLength(1);
    expect(await db.sql(`select 1 from staff_task where text like $1`, [`%${id}%`])).toHaveLength(1);
  });
});
