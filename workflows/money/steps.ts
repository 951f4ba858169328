import type { Step } from '../parking/step.ts';

/** What happens to money apart from an order. */
export const STEPS = {
  refund: {
    name: 'refund',
    retry: 'Sends the refund again, as one of its own where the last failed; none is made twice.',
    skip: 'Keeps the amount as credit of the customer.',
  },
  settlement: {
    name: 'settlement',
    retry: 'Asks the gateway again.',
    skip: 'Leaves the event as it is; staff look at it by hand.',
  },
} as const satisfies Record<string, Step>;
