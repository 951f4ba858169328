/**
 * Every activity's time-outs and retries, named by what they touch. A worker that dies is noticed by the
 * missing heartbeat, which the worker sends for every activity. Source: temporal contract, section 4.3;
 * automation-defaults, section 11.
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/** What no repetition cures; the step parks at once. */
const PERMANENT = ['VendorRefused', 'VendorUnauthorized', 'SealBroken', 'Unexpected'];

const base = { heartbeatTimeout: '6s' } as const;

/** Our own rows. */
export const books: ActivityOptions = {
  ...base,
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s', nonRetryableErrorTypes: PERMANENT },
};

/**
 * Our own rows, where giving up would end the workflow that keeps an order or a subscription: repeated until it
 * succeeds. What it repeats shows in the Temporal UI meanwhile.
 */
export const keepTrying: ActivityOptions = {
  ...base,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '2m' },
};

/** Our own rows and nothing else, in a step of an order: run inside the workflow task, a third of an activity's price. */
export const ownRows: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s', nonRetryableErrorTypes: PERMANENT },
};

/** A gateway: its idempotency keys live for hours, so an hour of trying is safe. */
export const gateway: ActivityOptions = {
  ...base,
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '2m', nonRetryableErrorTypes: PERMANENT },
};

/** Three days of events, page by page; a worker that dies on the way is noticed by its heartbeat. */
export const sweep: ActivityOptions = { ...gateway, startToCloseTimeout: '10m' };

/** A panel: the activity names each wait (30 s, 1, 2, 5, 15 min, 1 h, then hourly); a day in all. */
export const panel: ActivityOptions = {
  ...base,
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1h', nonRetryableErrorTypes: PERMANENT },
};

/** The panel of a node that a service went on from: what it does not do within minutes is left to staff. */
export const cleanUp: ActivityOptions = {
  ...panel,
  scheduleToCloseTimeout: '5m',
  retry: { ...panel.retry, maximumInterval: '1m' },
};

export const mail: ActivityOptions = {
  ...base,
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m', nonRetryableErrorTypes: PERMANENT },
};

/** A mail whose link lasts half an hour: whoever waits for it asks again sooner than it would come. */
export const accountMail: ActivityOptions = {
  ...mail,
  scheduleToCloseTimeout: '10m',
  retry: { ...mail.retry, maximumInterval: '1m' },
};

/** The same step tried once more while it is parked: nothing waits for a long retry then. */
export const once = <T extends ActivityOptions | LocalActivityOptions>(options: T): T => ({
  ...options,
  scheduleToCloseTimeout: '3m',
  retry: { maximumAttempts: 1 },
});
