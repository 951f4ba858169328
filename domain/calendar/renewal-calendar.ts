import { startOfDay, type Cycle } from './civil-dates.ts';

/** Days before the period ends on which its renewal invoice is issued. Source: automation-defaults, section 1. */
const LEAD_DAYS: Record<Cycle, number> = { monthly: 7, yearly: 30 };

/** When the renewal of a period is due to be issued: the start of a civil day in the billing zone. */
export function renewalIssueAt(paidThrough: string, cycle: Cycle, zone: string): Date {
  const day = new Date(`${paidThrough}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - LEAD_DAYS[cycle]);
  return startOfDay(day.toISOString().slice(0, 10), zone);
}
