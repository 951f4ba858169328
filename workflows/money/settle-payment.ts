import { hearCancellation } from '../parking/cancellation.ts';
import { Incidents } from '../parking/incidents.ts';
import { settle } from './settle-events.ts';

/**
 * Settles a gateway event that no running order waits for: late money becomes credit and a task, a second payment
 * goes back, a refund or dispute made at the gateway is recorded. Started as `settlement/<inbox row>`.
 * Safe to run again: money is booked once by its gateway id, refunds are keyed by their rows.
 */
export async function settlePayment({ inboxId }: { inboxId: string }): Promise<'settled'> {
  const incidents = new Incidents(() => ({}));
  return hearCancellation(
    () => incidents.hearCancel(),
    async () => {
      await settle([inboxId], incidents);
      return 'settled' as const;
    },
  );
}
