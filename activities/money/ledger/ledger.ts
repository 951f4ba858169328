import { newId } from '#domain/ids.ts';
import type { Money } from '#domain/money/money.ts';
import { LedgerEntry, LedgerTransaction } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';

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

/** Two entries that sum to zero; the database checks it at commit. */
export function post(em: Em, { key, kind, customerId, occurredAt, to, from, amount }: LedgerPosting): void {
  const { id } = em.create(LedgerTransaction, { id: newId(), key, kind, customerId, occurredAt });
  const entry = (position: number, account: LedgerAccount, amountMinor: number) =>
    em.create(LedgerEntry, {
      transactionId: id,
      position,
      customerId,
      account,
      currency: amount.currency,
      amountMinor,
    });
  entry(1, to, amount.minor);
  entry(2, from, -amount.minor);
}
