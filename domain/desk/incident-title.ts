import type { StopReason } from '../workflows/stop.ts';
import { vendorLabel } from '../vendors.ts';

/** What did not happen, by the step that could not go on. */
export const STEP_TITLES: Readonly<Record<string, string>> = {
  checkout: 'The payment page could not be opened',
  payment: 'The payment could not be settled',
  cancel: 'The unpaid order could not be ended',
  placement: 'No node could be chosen',
  account: 'The account could not be made',
  welcome: 'The welcome mail could not be sent',
  activation: 'The service could not be activated',
  'undo.account': 'The account could not be deleted',
  'undo.money': 'The money could not be sent back',
  'undo.books': 'The books of the order could not be closed',
  refund: 'The refund could not be sent',
  settlement: 'What the gateway reported could not be settled',
  gateway: 'The check of a gateway did not pass',
  cancellation: 'Somebody asked to cancel this',
};

/** Why, in a few words. @param where  node, gateway or server, as people call it */
const REASON_WORDS: Record<StopReason, (where: string) => string> = {
  NoFreeNode: () => 'no node is free',
  PackageMissing: (where) => `${where} has no package for the plan`,
  NameTaken: (where) => `the name is taken on ${where}`,
  PaymentMismatch: () => 'what arrived is not what is owed',
  OrderEnded: () => 'the order was taken back meanwhile',
  VendorUnavailable: (where) => `${where} does not answer`,
  OutcomeUnknown: (where) => `it is not known what ${where} did`,
  VendorRefused: (where) => `${where} says no`,
  VendorUnauthorized: (where) => `${where} refuses our key`,
  SealBroken: () => 'a secret that is kept sealed does not open',
  RefundFailed: (where) => `${where} could not carry it out`,
  CancelAsked: () => 'staff decide',
  Unexpected: () => 'something happened that nobody foresaw',
};

export interface IncidentFacts {
  step: string;
  reason: string;
  node?: string | null;
  gateway?: string | null;
  adapter?: string | null;
}

/** An incident in one sentence, the same on pages, in mails and on the command line; its code stands beneath. */
export function incidentTitle({ step, reason, node, gateway, adapter }: IncidentFacts): string {
  const what = STEP_TITLES[step] ?? `The step ${step} could not go on`;
  const vendor = gateway ?? adapter;
  const where = node ?? (vendor === 'smtp' ? 'the mail server' : vendor ? vendorLabel(vendor) : 'the other side');
  const why = Object.hasOwn(REASON_WORDS, reason) ? REASON_WORDS[reason as StopReason](where) : reason;
  return `${what}: ${why}`;
}
