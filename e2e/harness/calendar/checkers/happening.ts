import type { Product } from '#e2e/harness/product.ts';

/** Something a day brought, in the words a story tells it in. */
export interface Happening {
  /** What kind of thing: `mails`, `invoices`. */
  aspect: string;
  /** Tells it from all others, also of other kinds. */
  key: string;
  at: Date;
  /** Null when it is nobody's. */
  customerId: string | null;
  text: string;
  /** Need not be told: compared only where a story expects some. */
  optional?: boolean;
}

/** What one customer's day is to bring of one kind, in this order. */
export interface Expectation {
  aspect: string;
  customerId: string;
  texts: string[];
}

/** Everything of a kind that ever happened. */
export type ReadHappenings = (product: Product) => Promise<Happening[]>;

export interface Customer {
  customerId: string;
}
