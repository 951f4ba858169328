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
  gateway: {
    name: 'gateway',
    retry: 'Checks the gateway again.',
    skip: 'Leaves it as it is until the next hourly check, which opens another incident if it does not pass.',
  },
} as const satisfies Record<string, Step>;
