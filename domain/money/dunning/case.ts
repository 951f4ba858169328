import type { Cycle } from '#domain/calendar/civil-dates.ts';
import type { Policy } from '#domain/policies/policy.ts';

/** Everything the rules of collecting and dunning look at. Rows in, plain data; the clock comes with each question. */
export interface CollectionCase {
  policy: Policy;
  cycle: Cycle;
  /** IANA zone in which the invoice's days are days. */
  zone: string;
  /** First day of the period that the invoice pays for. */
  dueOn: string;
  issuedOn: string;
  owedMinor: number;
  /** The default method of the customer, when there is one that can be charged by itself. */
  method: SavedMethod | null;
  tries: readonly ChargeTry[];
  notices: readonly SentNotice[];
  holds: readonly Hold[];
  /** The customer gets no reminders; the final notice goes out all the same. */
  remindersOff: boolean;
  /** Absent where nothing can be suspended: an invoice without a service. */
  service: ServiceState | null;
}

export interface SavedMethod {
  id: string;
  /** Slow ones, such as direct debit, are handed in before the due date. */
  isSlow: boolean;
}

/** One try at one gateway. A fault of transport is none: nothing was tried. */
export interface ChargeTry {
  methodId: string;
  /** Which charge of the calendar it was, from 0; null when somebody asked for it: the customer, staff, a new method. */
  step: number | null;
  at: Date;
  outcome: 'pending' | 'unknown' | 'declined';
  /** Of a decline: a soft one follows the calendar; after another one the method is left alone until it is changed. */
  declineClass: 'soft' | 'hard' | 'fix_data' | null;
}

export type NoticeKind = 'upcoming' | 'overdue' | 'final' | 'termination';

export interface SentNotice {
  kind: NoticeKind;
  /** From 1; of `termination` how many days before. */
  ordinal: number;
  at: Date;
  /** When the provider has taken it; null while nobody knows, and when it came back. */
  handedAt: Date | null;
  hasFailed: boolean;
}

/**
 * What stands in the way. `case`: nothing at all happens, and what is left moves by as long; `consequences`: neither suspended
 * nor terminated; `termination`: not terminated. Source: automation-defaults, section 8.
 */
export interface Hold {
  stops: 'case' | 'consequences' | 'termination';
  /** For people: "promise to pay", "legal hold". */
  reason: string;
  /** Civil days: the first it holds, and the first it does not; null until somebody lifts it. */
  from: string;
  until: string | null;
}

export interface ServiceState {
  /** When the panel has confirmed that it is suspended for non-payment. */
  suspendedAt: Date | null;
  terminatedAt: Date | null;
}
