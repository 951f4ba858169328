import { hearCancellation } from '../parking/cancellation.ts';
import { Incidents } from '../parking/incidents.ts';
import { sendRefunds } from './send-refunds.ts';
import { STEPS } from './steps.ts';

/**
 * A refund that the gateway had taken on and could not carry out: parks with what the gateway said until staff send it
 * again or keep the amount as credit. Started by the outbox as `refund/<refund>/<try>` in the wake of the books that
 * took it back. Safe to run again: a refund is sent once per try, and its row says whether it was.
 */
export async function resendRefund({
  refundId,
  customerId,
  orderId,
}: {
  refundId: string;
  customerId?: string | undefined;
  orderId?: string | undefined;
}): Promise<'decided'> {
  const incidents = new Incidents(() => ({ customerId, orderId }));
  return hearCancellation(
    () => incidents.hearCancel(),
    async () => {
      await sendRefunds([refundId], STEPS.refund, incidents);
      return 'decided' as const;
    },
  );
}
