/** Every workflow id is built here. Ids read as paths and are never encrypted: no personal data in them. */
export const orderWorkflow = (orderId: string): string => `order/${orderId}`;
export const subscriptionWorkflow = (subscriptionId: string): string => `subscription/${subscriptionId}`;
/** Settles one gateway event that no running order is waiting for. */
export const settlementWorkflow = (inboxId: string): string => `settlement/${inboxId}`;

/** Schedules, by their workflow's name. */
export const RECONCILE_PAYMENTS = 'reconcilePayments';
export const WATCH_NODES = 'watchNodes';
