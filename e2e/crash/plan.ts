/** Where the worker dies, once. */
export interface CrashPlan {
  activity: string;
  /**
   * `before` the effect; `within`: the vendor has answered and none of our rows knows; `after`: everything is
   * written, but Temporal has not heard.
   */
  point: 'before' | 'within' | 'after';
}

/** Every activity of an order, with the points it has. */
export const CRASHES: CrashPlan[] = [
  ...['openCheckout', 'bookPayment', 'placeService', 'ensureAccount', 'sendWelcome', 'activateService'].flatMap(
    (activity): CrashPlan[] => [
      { activity, point: 'before' },
      { activity, point: 'after' },
    ],
  ),
  ...['openCheckout', 'bookPayment', 'ensureAccount', 'sendWelcome'].map((activity): CrashPlan => ({
    activity,
    point: 'within',
  })),
];
