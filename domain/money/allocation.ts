import { money, type Money } from './money.ts';

/** Money that has moved, and what is known of it. */
export interface Arrival {
  amount: Money;
  /** It was booked before and is credit of the customer; now it is decided about again. */
  isCredit: boolean;
  /** Staff take it for what is owed, whatever its amount. */
  isAccepted: boolean;
  /** The order's workflow is not there to go on with it. */
  isUnattended: boolean;
  at: Date;
}

/** The invoice it came for. */
export interface InvoiceToPay {
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  owed: Money;
  /** When the money was booked that paid it. */
  firstPaidAt?: Date | null;
}

/** One movement in the ledger: from where the money came to what it is for. */
export interface AllocatedPart {
  amount: Money;
  from: 'gateway' | 'credit_balance';
  for: 'invoices' | 'credit_balance' | 'unmatched';
  /** What tells the parts of one payment apart in the ledger. */
  key: '' | '/surplus' | '/accepted';
}

export interface Allocation {
  /**
   * `allocated`: it pays the invoice; `duplicate`: another payment did before; `credited`: it belongs to no invoice that
   * can be paid; `mismatch`: it is not what is owed, and a person decides.
   */
  outcome: 'allocated' | 'duplicate' | 'credited' | 'mismatch';
  parts: AllocatedPart[];
  /** What of the invoice it pays, in minor units of the invoice. */
  paidMinor: number;
  /** What of the invoice is given up for it, by a credit note. */
  givenUpMinor: number;
  /** It goes back to where it came from. */
  isRefunded: boolean;
  /** What staff are told of. */
  task: 'late_money' | 'duplicate_payment' | 'unattended_payment' | null;
}

/** A second payment within this time of the first goes back by itself. */
const REFUND_WITHIN_MS = 24 * 3_600_000;

/**
 * What becomes of money that has moved. It is never dropped: what does not fit an open invoice is credit of the customer,
 * or kept apart when nobody knows whose it is. Rules: payment engine, sections 4.4 to 4.7.
 */
export function allocate(arrival: Arrival, invoice: InvoiceToPay | null): Allocation {
  if (!invoice) return { ...NOTHING, outcome: 'credited', parts: keep(arrival, 'unmatched'), task: 'late_money' };
  const asCredit = keep(arrival, 'credit_balance');
  if (invoice.status === 'void' || invoice.status === 'uncollectible') {
    return { ...NOTHING, outcome: 'credited', parts: asCredit, task: 'late_money' };
  }
  if (invoice.status === 'paid') {
    const isRefunded = isSoonAfter(invoice.firstPaidAt, arrival.at);
    return { ...NOTHING, outcome: 'duplicate', parts: asCredit, isRefunded, task: 'duplicate_payment' };
  }
  const task = arrival.isUnattended ? 'unattended_payment' : null;
  if (!fits(arrival, invoice.owed)) return { ...NOTHING, outcome: 'mismatch', parts: asCredit, task };

  const paidMinor = Math.min(arrival.amount.minor, invoice.owed.minor);
  return {
    outcome: 'allocated',
    parts: [payInvoice(arrival, paidMinor), ...keep(arrival, 'credit_balance', paidMinor)],
    paidMinor,
    givenUpMinor: invoice.owed.minor - paidMinor,
    isRefunded: false,
    task,
  };
}

const NOTHING = { paidMinor: 0, givenUpMinor: 0, isRefunded: false };

/** No amount of another currency pays anything: what it is worth nobody has said. */
const fits = ({ amount, isAccepted }: Arrival, owed: Money): boolean =>
  amount.currency === owed.currency && (amount.minor === owed.minor || isAccepted);

const isSoonAfter = (first: Date | null | undefined, at: Date): boolean =>
  first ? at.getTime() - first.getTime() <= REFUND_WITHIN_MS : false;

const payInvoice = ({ amount, isCredit }: Arrival, minor: number): AllocatedPart => ({
  amount: money(minor, amount.currency),
  from: isCredit ? 'credit_balance' : 'gateway',
  for: 'invoices',
  key: isCredit ? '/accepted' : '',
});

/** What is over once so much has paid the invoice. Credit is there already and stays as it is. */
function keep({ amount, isCredit }: Arrival, as: 'credit_balance' | 'unmatched', spentMinor = 0): AllocatedPart[] {
  if (isCredit || amount.minor === spentMinor) return [];
  const left = money(amount.minor - spentMinor, amount.currency);
  return [{ amount: left, from: 'gateway', for: as, key: spentMinor === 0 ? '' : '/surplus' }];
}
