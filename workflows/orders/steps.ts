import type { Step } from '../parking/step.ts';

const UNDO =
  'Undoes the order: money back with a credit note, license revoked, account deleted if we made it, slot released.';
const AGAIN = 'Tries this step again.';

/** What an order goes through. */
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
    retry: 'Chooses again; with another node, that one.',
    fields: ['nodeId'],
    startsAnew: true,
    abort: UNDO,
  },
  account: {
    name: 'account',
    retry: 'Looks for the account, then makes it; on another node, with another package or user name as given.',
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
} as const satisfies Record<string, Step>;
