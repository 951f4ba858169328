import { newId } from '#domain/ids.ts';
import type { Money } from '#domain/money/money.ts';
import { addRow, type PendingTable, type RowHolder } from '#db/pending-rows.ts';

/**
 * Accounts of the books. Money at a gateway is positive there; what it was for is negative.
 * `invoices`: paid what was owed. `credit_balance`: the customer's. `unmatched`: nobody's yet.
 */
export type LedgerAccount = `gateway:${string}/${string}` | 'invoices' | 'credit_balance' | 'unmatched';

/** Where the money of a payment lies. */
export const gatewayAccount = ({ gateway, account }: { gateway: string; account: string }) =>
  `gateway:${gateway}/${account}` as const;

export interface LedgerPosting {
  /** One per happening: `payment/<id>`. The database refuses a second. */
  key: string;
  kind: string;
  customerId: string | null;
  occurredAt: Date;
  /** Moves the amount from the second account to the first. */
  to: LedgerAccount;
  from: LedgerAccount;
  amount: Money;
}

const TRANSACTIONS: PendingTable = {
  table: 'ledger_transaction',
  columns: ['id', 'key', 'kind', 'customer_id', 'occurred_at'],
};
const ENTRIES: PendingTable = {
  table: 'ledger_entry',
  columns: ['transaction_id', 'position', 'customer_id', 'account', 'currency', 'amount_minor'],
};

/** Two entries that sum to zero; the database checks it at commit. */
export function post(change: RowHolder, posting: LedgerPosting): void {
  const { key, kind, customerId: customer_id, occurredAt: occurred_at, to, from, amount } = posting;
  const { minor, currency } = amount;
  const id = newId();
  addRow(change, TRANSACTIONS, { id, key, kind, customer_id, occurred_at });
  const entry = { transaction_id: id, customer_id, currency };
  addRow(change, ENTRIES, { ...entry, position: 1, account: to, amount_minor: minor });
  addRow(change, ENTRIES, { ...entry, position: 2, account: from, amount_minor: -minor });
}
