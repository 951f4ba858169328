import type { Product } from '#e2e/harness/product.ts';
import { readAccounts } from './account.ts';
import { readDesk } from './desk.ts';
import { readGateway } from './gateway.ts';
import type { Happening } from './happening.ts';
import { readInvoices } from './invoice.ts';
import { readLedger } from './ledger.ts';
import { readMails } from './mails.ts';
import { readOrders } from './order.ts';
import { readSubscriptions } from './subscription.ts';

export { expectAccount } from './account.ts';
export { expectDesk } from './desk.ts';
export { expectCharges, expectLooks, expectPage } from './gateway.ts';
export { expectInvoice } from './invoice.ts';
export { expectLedger } from './ledger.ts';
export { expectMails } from './mails.ts';
export { expectOrder } from './order.ts';
export { expectLicense, expectSubscription } from './subscription.ts';

const READERS = [
  readOrders,
  readInvoices,
  readGateway,
  readLedger,
  readSubscriptions,
  readAccounts,
  readMails,
  readDesk,
];

/** Everything that ever happened, of every kind that a story may tell, and must. */
export const readHappenings = async (product: Product): Promise<Happening[]> =>
  (await Promise.all(READERS.map((read) => read(product)))).flat();
