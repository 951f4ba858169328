import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ordersOf, type Orders, type PlacedOrder } from '../harness/orders.ts';
import { openProduct, until, type Product } from '../harness/product.ts';

interface Held {
  eventId: string;
  type: string;
}

const permutations = <T>(items: T[]): T[][] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

/** Books of one customer, without ids and times: what every history of events must come to. */
const LEDGER = `select account, currency, sum(amount_minor)::text as total, count(*)::text as entries
  from ledger_entry where customer_id = $1 group by account, currency order by account`;

describe.each(['stripe', 'paypal'] as const)('HOOK-05 the events of one %s payment', (gateway) => {
  let product: Product;
  let orders: Orders;
  beforeAll(async () => {
    product = await openProduct(`hooks_${gateway}`);
    await product.startApi();
    await product.startWorker();
    orders = await ordersOf(product);
    await product.vendors[gateway].call('POST', '/webhooks/plan', { hold: true });
  }, 60_000);
  afterAll(async () => {
    await orders?.close();
    await product?.close();
  }, 60_000);

  const held = () => product.vendors[gateway].get<Held[]>('/webhooks/held');
  const release = (eventIds: string[]) => product.vendors[gateway].call('POST', '/webhooks/release', { eventIds });
  const booked = async ({ customerId }: PlacedOrder) => ({
    ledger: await product.db.sql(LEDGER, [customerId]),
    payments: await product.db.sql(
      `select amount_minor, allocated_minor, refunded_minor from payment where customer_id = $1`,
      [customerId],
    ),
    invoice: await product.db.sql(`select status, paid_minor from invoice where customer_id = $1`, [customerId]),
    services: await product.db.sql(`select status from service where customer_id = $1`, [customerId]),
  });
  const EXPECTED = {
    ledger: [
      { account: `gateway:${gateway}/main`, currency: 'EUR', total: '2900', entries: '1' },
      { account: 'invoices', currency: 'EUR', total: '-2900', entries: '1' },
    ],
    payments: [{ amount_minor: '2900', allocated_minor: '2900', refunded_minor: '0' }],
    invoice: [{ status: 'paid', paid_minor: '2900' }],
    services: [{ status: 'active' }],
  };

  /** Places and pays an order and delivers its events as told; later ones come only when the account is there. */
  const story = async (deliver: (events: Held[]) => { first: Held[]; later?: Held[] }) => {
    const order = await orders.place(gateway);
    const before = new Set((await held()).map(({ eventId }) => eventId));
    await orders.pay(order);
    const events = await until(async () => {
      const now = (await held()).filter(({ eventId }) => !before.has(eventId));
      return now.length > 0 && now;
    });
    const { first, later = [] } = deliver(events);
    await release(first.map(({ eventId }) => eventId));
    await orders.ends(order, 'active');
    // PayPal tells of the capture only after it was made.
    const since = (await held()).filter(
      ({ eventId }) => !before.has(eventId) && !events.some((event) => event.eventId === eventId),
    );
    await release([...later, ...since].map(({ eventId }) => eventId));
    await until(async () => (await product.db.sql(`select 1 from command_outbox where sent_at is null`)).length === 0);
    return { order, events };
  };

  it('lead to the same books in every order they may come in', async () => {
    const sample = await story((events) => ({ first: events }));
    expect(await booked(sample.order)).toEqual(EXPECTED);
    const orderings = permutations(sample.events.map((_, i) => i));
    for (const ordering of orderings) {
      const { order } = await story((events) => ({ first: ordering.flatMap((i) => events[i] ?? []) }));
      expect(await booked(order)).toEqual(EXPECTED);
    }
    process.stderr.write(`${gateway}: ${orderings.length} orderings of ${sample.events.length} events\n`);
  }, 300_000);

  it('may each come three times', async () => {
    const { order } = await story((events) => ({ first: [...events, ...events, ...events.toReversed()] }));
    expect(await booked(order)).toEqual(EXPECTED);
  }, 60_000);

  it('may come in part after the account is there, and twice', async () => {
    const { order } = await story((events) => ({ first: events.slice(0, 1), later: [...events, ...events.slice(1)] }));
    expect(await booked(order)).toEqual(EXPECTED);
  }, 150_000);

  it('may each be missing', async () => {
    const sample = await story((events) => ({ first: events }));
    for (let missing = 0; missing < sample.events.length && sample.events.length > 1; missing += 1) {
      const { order } = await story((events) => ({ first: events.filter((_, i) => i !== missing) }));
      expect(await booked(order)).toEqual(EXPECTED);
    }
  }, 120_000);

  it('may all be lost: the look-up after a minute finds the payment, and whatever comes then changes nothing', async () => {
    const before = new Set((await held()).map(({ eventId }) => eventId));
    const order = await orders.place(gateway);
    await orders.pay(order);
    await orders.ends(order, 'active');
    expect(await booked(order)).toEqual(EXPECTED);
    const events = (await held()).filter(({ eventId }) => !before.has(eventId));
    const orderings = permutations(events.map(({ eventId }) => eventId));
    for (const ordering of orderings) await release(ordering);
    await until(async () => (await product.db.sql(`select 1 from command_outbox where sent_at is null`)).length === 0);
    await until(async () => (await product.db.sql(`select 1 from webhook_inbox where outcome is null`)).length === 0);
    expect(await booked(order)).toEqual(EXPECTED);
    process.stderr.write(`${gateway}: ${orderings.length} late orderings of ${events.length} events\n`);
  }, 150_000);
});
