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

/** Asked before the next step, where that can be undone. @param abort  what undoing means there */
export const cancellation = (abort: string): Step => ({
  name: 'cancellation',
  retry: 'Goes on as if nobody had asked.',
  abort,
});

/** What may end without anybody deciding, and is therefore tried again by itself while it is parked. */
export const HEALS: readonly StopReason[] = [
  'NoFreeNode',
  'PackageMissing',
  'VendorUnavailable',
  'OutcomeUnknown',
  'VendorUnauthorized',
  'VendorRefused',
  // The row or the key comes back from a back-up, or the credential is replaced.
  'SealBroken',
  // A database that was away, or a mistake of ours that the next version has mended.
  'Unexpected',
];
