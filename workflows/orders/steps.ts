import type { StopReason } from '#domain/workflows/stop.ts';
import type { RetryInput } from '../messages.ts';

/** One step that may park: its name in lists, and what each decision does here. */
export interface Step {
  name: string;
  retry: string;
  /** Fields a retry may replace. */
  fields?: readonly (keyof RetryInput)[];
  /** A retry forgets what an earlier one was given. */
  startsAnew?: true;
  /** Absent where skipping would mean nothing. */
  skip?: string;
  /** Absent where there is nothing left to undo. */
  abort?: string;
}

const UNDO =
  'Undoes the order: money back with a credit note, license revoked, account deleted if we made it, slot released.';
const AGAIN = 'Tries this step again.';

export const STEPS = {
  checkout: { name: 'checkout', retry: AGAIN, abort: 'Cancels the order; its invoice becomes void.' },
  payment: {
    name: 'payment',
    retry: 'Asks the gateway again.',
    skip: 'Accepts what arrived as full payment: more becomes credit, less is written off with a credit note.',
    abort: UNDO,
  },
  cancel: {
    name: 'cancel',
    retry: AGAIN,
    abort: 'Undoes the order as far as it went: its page is closed, its invoice becomes void.',
  },
  placement: {
    name: 'placement',
    retry: 'Chooses again; with `nodeId`, that node.',
    fields: ['nodeId'],
    startsAnew: true,
    abort: UNDO,
  },
  account: {
    name: 'account',
    retry:
      'Looks for the account, then makes it; with `nodeId` on another node, with `packageId` or `username` as given.',
    fields: ['nodeId', 'packageId', 'username'],
    skip: 'Goes on without an account on the panel; staff make it by hand.',
    abort: UNDO,
  },
  welcome: {
    name: 'welcome',
    retry: 'Sends the mail again, under the same Message-ID.',
    skip: 'Sends no welcome mail.',
    abort: UNDO,
  },
  activation: { name: 'activation', retry: AGAIN, abort: UNDO },
  undoAccount: {
    name: 'undo.account',
    retry: 'Deletes the account again.',
    skip: 'Leaves the account on the panel; staff delete it by hand.',
  },
  undoMoney: {
    name: 'undo.money',
    retry: 'Sends the refund again, as one of its own where the last failed; none is made twice.',
    skip: 'Gives no money back through the gateway; the amount stays as credit.',
  },
  undoBooks: { name: 'undo.books', retry: AGAIN },
  refund: {
    name: 'refund',
    retry: 'Sends the refund again, as one of its own where the last failed; none is made twice.',
    skip: 'Keeps the amount as credit of the customer.',
  },
  settlement: {
    name: 'settlement',
    retry: 'Asks the gateway again.',
    skip: 'Leaves the event as it is; staff look at it by hand.',
  },
} as const satisfies Record<string, Step>;

/** What may end without anybody deciding, and is therefore tried again by itself while it is parked. */
export const HEALS: readonly StopReason[] = [
  'NoFreeNode',
  'PackageMissing',
  'VendorUnavailable',
  'OutcomeUnknown',
  'VendorUnauthorized',
  'VendorRefused',
  // A database that was away, or a mistake of ours that the next version has mended.
  'Unexpected',
];
