import { z } from 'zod';
import { CYCLES, type Cycle } from '../calendar/civil-dates.ts';

/**
 * The numbers of the automation: what happens how many days before and after what. Plain data, versioned, and pinned to an
 * invoice when it is issued. D is the due date of an invoice, which is the first day of the period it pays for.
 * Source of the defaults: automation-defaults, section 1.
 */
const days = (max: number) => z.int().min(0).max(max);
/** 0 is "on the day"; that something never happens is a value of its own. */
const daysOrOff = (max: number) => z.union([days(max), z.literal('off')]);
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is a time such as 09:30');
const civilDay = z.iso.date();
/** Days of reminders and tries, each once. */
const dayList = (max: number, most: number) =>
  z
    .array(days(max))
    .max(most)
    .refine((list) => new Set(list).size === list.length, 'has a day twice');
const perCycle = <Schema extends z.ZodType>(schema: Schema) =>
  z.strictObject(Object.fromEntries(CYCLES.map((cycle) => [cycle, schema])) as Record<Cycle, Schema>);

/** What follows an unpaid invoice, in days after D. */
const Overdue = z.strictObject({
  retryDays: dayList(60, 19),
  reminderDays: dayList(60, 10),
  finalNoticeDay: days(60),
  suspendAfterDays: daysOrOff(90),
});
export type Overdue = z.infer<typeof Overdue>;

export const Policy = z.strictObject({
  /** Days before D on which the renewal invoice is issued. */
  issueLeadDays: perCycle(days(90)),
  /** Days before D on which the customer is reminded, or told of the coming charge. */
  remindBeforeDays: perCycle(dayList(90, 5)),
  /** Local times of the first and the following charges; the last one is used for all after it. */
  chargeTimes: z.array(time).min(1).max(20),
  /** Days before D on which a direct debit is handed in. */
  slowMethodLeadDays: days(30),
  /** Weekly periods are over before a month's calendar has begun. */
  overdue: z.strictObject({ weekly: Overdue, longer: Overdue }),
  terminateAfterDays: daysOrOff(365),
  /** Termination comes no sooner than so many days after suspension. */
  terminateAfterSuspendedDays: days(365),
  terminationNeedsApproval: z.boolean(),
  /** Days before termination on which the customer is warned. */
  terminationWarningDays: dayList(60, 5),
  purgeAfterDays: days(365),
  maxDeclines: z.int().min(1).max(20),
  /** Tries end so many days after the first. */
  maxTryDays: days(60),
  /** How long a payment that is under way pauses the case. */
  pendingPauseDays: days(30),
  /** Between two tries that nobody asked for. */
  tryDistanceHours: z.int().min(0).max(48),
  /** Between the final notice and suspension. */
  noticeDistanceHours: z.int().min(0).max(240),
  /** Invoices below this are not dunned; minor units of the main currency. */
  smallBalanceMinor: z.int().min(0).max(100_000),
  /** What may be missing from a payment that restores a service; minor units. */
  toleranceMinor: z.int().min(0).max(100_000),
  cancelUnpaidOrderDays: days(60),
  planChangeLapseDays: days(60),
  /** Day of the month before a card expires on which its owner is told, and days before the end of it. */
  cardExpiryNoticeDay: z.int().min(1).max(28),
  cardExpiryReminderDays: days(28),
  window: z.strictObject({
    /** By weekday, 1 Monday to 7 Sunday; a day that is missing is closed. The end is not included. */
    days: z.record(z.string().regex(/^[1-7]$/), z.strictObject({ from: time, to: time })),
    /** Civil days on which it is closed. */
    holidays: z.array(civilDay).max(400),
    /** When steps fire; later in the window when many are due. */
    at: time,
  }),
});
export type Policy = z.infer<typeof Policy>;

const LONG_CYCLES: readonly Cycle[] = ['yearly', 'two_yearly', 'three_yearly'];
const forCycles = <Value>(valueOf: (cycle: Cycle) => Value) =>
  Object.fromEntries(CYCLES.map((cycle) => [cycle, valueOf(cycle)])) as Record<Cycle, Value>;
const LEAD_DAYS: Record<Cycle, number> = {
  weekly: 2,
  monthly: 7,
  quarterly: 14,
  half_yearly: 14,
  yearly: 30,
  two_yearly: 30,
  three_yearly: 30,
};
const OFFICE = { from: '09:00', to: '16:00' };

/** What a fresh installation starts with. */
export const DEFAULT_POLICY: Policy = {
  issueLeadDays: LEAD_DAYS,
  remindBeforeDays: forCycles((cycle) => (cycle === 'weekly' ? [] : LONG_CYCLES.includes(cycle) ? [14, 3] : [3])),
  // The tries of the day before a consequence are early, so that the notice about it has its distance.
  chargeTimes: ['10:00', '18:00', '13:00', '08:00', '20:00', '15:00', '09:00'],
  slowMethodLeadDays: 5,
  overdue: {
    weekly: { retryDays: [1, 2, 6, 13, 20, 29], reminderDays: [1], finalNoticeDay: 2, suspendAfterDays: 3 },
    longer: { retryDays: [1, 3, 6, 13, 20, 29], reminderDays: [1, 3], finalNoticeDay: 6, suspendAfterDays: 7 },
  },
  terminateAfterDays: 30,
  terminateAfterSuspendedDays: 21,
  terminationNeedsApproval: true,
  terminationWarningDays: [7, 1],
  purgeAfterDays: 14,
  maxDeclines: 7,
  maxTryDays: 30,
  pendingPauseDays: 10,
  tryDistanceHours: 2,
  noticeDistanceHours: 24,
  smallBalanceMinor: 100,
  toleranceMinor: 0,
  cancelUnpaidOrderDays: 7,
  planChangeLapseDays: 7,
  cardExpiryNoticeDay: 25,
  cardExpiryReminderDays: 7,
  window: {
    days: { 1: OFFICE, 2: OFFICE, 3: OFFICE, 4: OFFICE, 5: { from: '09:00', to: '12:00' } },
    holidays: [],
    at: '10:00',
  },
};

/** What follows an unpaid invoice of a cycle. */
export const overdueOf = (policy: Policy, cycle: Cycle): Overdue =>
  cycle === 'weekly' ? policy.overdue.weekly : policy.overdue.longer;
