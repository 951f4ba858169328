import type { CollectionCase } from './case.ts';
import { charges } from './charges.ts';
import { consequences } from './consequences.ts';
import { notices } from './notices.ts';
import type { CollectionStep } from './steps.ts';

/** Which of two steps that are due at the same moment comes first. */
const ORDER = ['charge', 'notice', 'ask_staff', 'suspend', 'terminate'];

/** @returns the first step, its time perhaps past; nothing when nothing happens any more by itself, as while a hold has no end */
export const nextStep = (of: CollectionCase, asOf: Date): CollectionStep | undefined => nextSteps(of, asOf)[0];

/**
 * The steps that follow if nothing changes: no payment, and every charge declined softly. Of charges and notices that were
 * missed only the newest is made good.
 */
export function nextSteps(of: CollectionCase, asOf: Date): CollectionStep[] {
  if (of.owedMinor <= 0 || of.service?.terminatedAt) return [];
  const steps = [...charges(of, asOf), ...notices(of, asOf), ...consequences(of, asOf)];
  // What is late is due now; then the order of the kinds counts, not how late each is.
  const dueMs = ({ at }: CollectionStep) => Math.max(at.getTime(), asOf.getTime());
  return steps.toSorted((a, b) => dueMs(a) - dueMs(b) || ORDER.indexOf(a.do) - ORDER.indexOf(b.do));
}
