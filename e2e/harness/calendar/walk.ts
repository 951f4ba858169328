import { civilDate } from '#domain/calendar/civil-dates.ts';
import { ordersOf, type PlacedOrder } from '../orders.ts';
import { readHappenings } from './checkers/index.ts';
import type { Expectation, Happening } from './checkers/happening.ts';
import { compareDays, daysAfter, instantOf } from './days.ts';
import { openVirtualProduct } from './virtual-product.ts';

export interface Buyer extends PlacedOrder {
  /** Of the order, as the customer reads it. */
  reference: string;
}

/** What orders of stories are billed in. */
const BILLING_ZONE = 'UTC';

/**
 * One product, walked through its civil days. What is due between two stops happens in its order; what a day brings is
 * said where the walk stops, and what it brings beyond that fails the story.
 * @param begin  `2031-11-21 10:00` in the billing zone, and in the future: virtual time only goes ahead
 */
export async function openWalk(label: string, begin: string) {
  const start = new Date(instantOf(begin, BILLING_ZONE));
  if (start.getTime() < Date.now()) throw new Error(`A walk begins in the future, and ${begin} is over.`);
  const product = await openVirtualProduct(label, start);
  const orders = await ordersOf(product, product.clock);
  const buyers: Buyer[] = [];
  const told = new Set<string>();
  let day = civilDate(start, BILLING_ZONE);

  const happenedSince = async (): Promise<Happening[]> => {
    const news = (await readHappenings(product)).filter(({ key }) => !told.has(key));
    for (const { key } of news) told.add(key);
    return news.sort((a, b) => a.at.getTime() - b.at.getTime());
  };
  /** Only where there are several does a customer need a name. */
  const nameOf = (customerId: string | null): string => {
    if (customerId === null) return 'nobody we know';
    return buyers.length > 1 ? (buyers.find((buyer) => buyer.customerId === customerId)?.reference ?? customerId) : '';
  };

  /**
   * Walks to the end of a day, or to an hour of it.
   * @param expected  all that happens on that day since the last stop; the days on the way bring nothing
   * @throws Error that shows each day that went differently
   */
  const to = async (when: string, ...expected: Expectation[]): Promise<void> => {
    const target = when.slice(0, 10);
    if (target < day) throw new Error(`The walk is at ${day} and does not go back to ${target}.`);
    await product.time.advanceTo(instantOf(when, BILLING_ZONE));
    day = target;
    compareDays({ zone: BILLING_ZONE, day, expected, happened: await happenedSince(), nameOf });
  };

  return {
    product,
    to,
    /** So many days on, to the end of the day. */
    days: (count: number, ...expected: Expectation[]): Promise<void> => to(daysAfter(day, count), ...expected),
    /** A new customer orders, now. */
    async place(): Promise<Buyer> {
      const order = await orders.place('stripe');
      const [row] = await product.db.sql<{ reference: string }>(`select reference from "order" where id = $1`, [
        order.orderId,
      ]);
      const buyer = { ...order, reference: row!.reference };
      buyers.push(buyer);
      return buyer;
    },
    /** The customer presses a button of the open payment page, now; pays unless told. */
    pay: (buyer: Buyer, button?: string): Promise<void> => orders.pay(buyer, button),
    async close(): Promise<void> {
      await orders.close();
      await product.close();
    },
  };
}
export type Walk = Awaited<ReturnType<typeof openWalk>>;
