import { describeMoney, money } from '#domain/money/money.ts';
import type { Customer, Expectation, ReadHappenings } from './happening.ts';

const aspect = 'ledger';

interface Posting {
  /** As people read it: EUR 29.00. */
  amount: string;
  from: string;
  to: string;
}

/** What was booked. */
export const expectLedger = ({ customerId }: Customer, ...postings: Posting[]): Expectation => ({
  aspect,
  customerId,
  texts: postings.map(describePosting),
});

const describePosting = ({ amount, from, to }: Posting) => `${amount} from ${from} to ${to}`;

interface Row {
  key: string;
  customer_id: string | null;
  at: Date;
  currency: string;
  amount: string;
  from: string;
  to: string;
}

export const readLedger: ReadHappenings = async ({ db }) => {
  const rows = await db.sql<Row & Record<string, unknown>>(
    `select t.key, t.customer_id, t.occurred_at as at, moved.currency, moved.amount_minor as amount,
            "left".account as "from", moved.account as "to"
     from ledger_transaction t
     join ledger_entry moved on moved.transaction_id = t.id and moved.amount_minor > 0
     join ledger_entry "left" on "left".transaction_id = t.id and "left".amount_minor < 0`,
  );
  return rows.map(({ key, customer_id, at, currency, amount, from, to }) => ({
    aspect,
    key: `ledger/${key}`,
    at,
    customerId: customer_id,
    text: describePosting({ amount: describeMoney(money(Number(amount), currency)), from, to }),
  }));
};
