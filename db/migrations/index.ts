import { People0001 } from './0001-people.ts';
import { Catalog0002 } from './0002-catalog.ts';
import { Orders0003 } from './0003-orders.ts';
import { Money0004 } from './0004-money.ts';
import { Machinery0005 } from './0005-machinery.ts';
import { Access0006 } from './0006-access.ts';
import { Audit0007 } from './0007-audit.ts';
import { AccountsLeft0008 } from './0008-accounts-left.ts';
import { Intake0009 } from './0009-intake.ts';
import { OrphanedAccounts0010 } from './0010-orphaned-accounts.ts';
import { CustomerNumber0011 } from './0011-customer-number.ts';
import { BeginLater0012 } from './0012-begin-later.ts';
import { KeyedRequestHash0013 } from './0013-keyed-request-hash.ts';
import { ParkedOrders0014 } from './0014-parked-orders.ts';
import { AccountRequests0020 } from './0020-account-requests.ts';
import { SecondFactor0021 } from './0021-second-factor.ts';
import { ChildKeys0022 } from './0022-child-keys.ts';
import { PaymentReferences0023 } from './0023-payment-references.ts';
import { ActingCustomer0024 } from './0024-acting-customer.ts';
import { NodeCapabilities0025 } from './0025-node-capabilities.ts';
import { KeyedGuesses0026 } from './0026-keyed-guesses.ts';
import { SeparateLogins0033 } from './0033-separate-logins.ts';

/** In the order they run; a name never changes once released. */
export const migrations = [
  { name: '0001-people', class: People0001 },
  { name: '0002-catalog', class: Catalog0002 },
  { name: '0003-orders', class: Orders0003 },
  { name: '0004-money', class: Money0004 },
  { name: '0005-machinery', class: Machinery0005 },
  { name: '0006-access', class: Access0006 },
  { name: '0007-audit', class: Audit0007 },
  { name: '0008-accounts-left', class: AccountsLeft0008 },
  { name: '0009-intake', class: Intake0009 },
  { name: '0010-orphaned-accounts', class: OrphanedAccounts0010 },
  { name: '0011-customer-number', class: CustomerNumber0011 },
  { name: '0012-begin-later', class: BeginLater0012 },
  { name: '0013-keyed-request-hash', class: KeyedRequestHash0013 },
  { name: '0014-parked-orders', class: ParkedOrders0014 },
  { name: '0020-account-requests', class: AccountRequests0020 },
  { name: '0021-second-factor', class: SecondFactor0021 },
  { name: '0022-child-keys', class: ChildKeys0022 },
  { name: '0023-payment-references', class: PaymentReferences0023 },
  { name: '0024-acting-customer', class: ActingCustomer0024 },
  { name: '0025-node-capabilities', class: NodeCapabilities0025 },
  { name: '0026-keyed-guesses', class: KeyedGuesses0026 },
  { name: '0033-separate-logins', class: SeparateLogins0033 },
];
