import type { Customer, Expectation, ReadHappenings } from './happening.ts';

/** The subscription began, paid through a day. */
export const expectSubscription = (
  { customerId }: Customer,
  ...texts: `active, paid through ${string}`[]
): Expectation => ({ aspect: 'subscription', customerId, texts });

/** Licenses issued. */
export const expectLicense = ({ customerId }: Customer, ...texts: 'issued'[]): Expectation => ({
  aspect: 'license',
  customerId,
  texts,
});

export const readSubscriptions: ReadHappenings = async ({ db }) => {
  const rows = await db.sql<{ aspect: string; id: string; customer_id: string; at: Date; text: string }>(
    `select 'subscription' as aspect, id, customer_id, at, 'active, paid through ' || (after ->> 'paidThrough') as text
       from audit_entry where action = 'service.activated'
     union all select 'license', id, customer_id, issued_at, 'issued' from license`,
  );
  return rows.map(({ aspect, id, customer_id, at, text }) => ({
    aspect,
    key: `${aspect}/${id}`,
    at,
    customerId: customer_id,
    text,
  }));
};
