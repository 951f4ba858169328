import { openOrm } from '#db/orm.ts';
import { addOrder } from '#db/testing/seed.ts';
import { payOnPage, until, type Product } from './product.ts';

export interface PlacedOrder {
  orderId: string;
  customerId: string;
  email: string;
  gateway: 'stripe' | 'paypal';
}

/** Customers who order and pay, without the pages: the order is written as the API writes it, the rest is the product. */
export async function ordersOf({ db, temporal }: Product, clock = () => new Date()) {
  const owner = await openOrm(db.ownerUrl, 4);
  const one = async <T extends object>(text: string, values: unknown[]) =>
    (await db.sql<T & Record<string, unknown>>(text, values))[0] as T | undefined;
  return {
    /** A new customer's order; the outbox starts its workflow. */
    place: async (gateway: 'stripe' | 'paypal'): Promise<PlacedOrder> => ({
      ...(await addOrder(owner, { at: clock(), gateway })),
      gateway,
    }),
    /** Waits for the hosted page and presses a button on it. */
    async pay({ orderId, gateway }: PlacedOrder, action = 'pay'): Promise<void> {
      const row = await until(() =>
        one<{ checkout_url: string }>(`select checkout_url from "order" where id = $1 and checkout_url is not null`, [
          orderId,
        ]),
      );
      await payOnPage(gateway, row.checkout_url, action);
    },
    /** Until the order's status is this and its workflow is over. */
    async ends({ orderId }: PlacedOrder, status: string): Promise<void> {
      await until(() => one(`select 1 as there from "order" where id = $1 and status = $2`, [orderId, status]));
      await until(
        async () => (await temporal.workflow.getHandle(`order/${orderId}`).describe()).status.name === 'COMPLETED',
      );
    },
    /** Until a step of it is parked; answers the incident's id. */
    async parked({ orderId }: PlacedOrder, step: string): Promise<string> {
      return (
        await until(() =>
          one<{ id: string }>(`select id from incident where order_id = $1 and step = $2 and status = 'open'`, [
            orderId,
            step,
          ]),
        )
      ).id;
    },
    close: () => owner.close(true),
  };
}
export type Orders = Awaited<ReturnType<typeof ordersOf>>;
