import { DEFAULT_POLICY, type Policy } from '../policies/policy.ts';
import { addDays, startOfDay, type Cycle } from './civil-dates.ts';

/** When the renewal of a period is due to be issued: the start of a civil day in the billing zone. */
export const renewalIssueAt = (
  paidThrough: string,
  cycle: Cycle,
  zone: string,
  { issueLeadDays }: Pick<Policy, 'issueLeadDays'> = DEFAULT_POLICY,
): Date => startOfDay(addDays(paidThrough, -issueLeadDays[cycle]), zone);
