import type { Customer, Expectation, ReadHappenings } from './happening.ts';

const aspect = 'order';

/** What became of the order on this day. */
export const expectOrder = (
  { customerId }: Customer,
  ...texts: ('placed' | 'paid' | 'active' | `canceled, ${string}`)[]
): Expectation => ({ aspect, customerId, texts });

export const readOrders: ReadHappenings = async ({ db }) => {
  const rows = await db.sql<{ id: string; customer_id: string; text: string; at: Date }>(
    `select id, customer_id, turn.* from "order" cross join lateral (values
       ('placed', placed_at), ('paid', paid_at), ('active', active_at), ('canceled, ' || ended_because, ended_at)
     ) as turn(text, at) where turn.at is not null`,
  );
  return rows.map(({ id, customer_id, text, at }) => ({
    aspect,
    key: `order/${id}/${text}`,
    at,
    customerId: customer_id,
    text,
  }));
};
