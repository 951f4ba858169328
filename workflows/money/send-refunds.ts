import { proxyActivities } from '@temporalio/workflow';
import type { RefundActivities } from '#activities/money/refunds/send-refund.ts';
import type { Incidents } from '../parking/incidents.ts';
import { gateway, once } from '../parking/retries.ts';
import type { Step } from '../parking/step.ts';

/** Sends each requested refund; one that staff skip stays with the customer as credit. */
export async function sendRefunds(refundIds: readonly string[], step: Step, incidents: Incidents): Promise<void> {
  for (const refundId of refundIds) {
    const refunds = (options = gateway) => proxyActivities<RefundActivities>(options);
    // The first run, one that the parked step makes by itself, and one after a skip are nobody's wish to send it again.
    let decided = false;
    await incidents.step<void>(
      step,
      ({ options }) => {
        const again = decided && options !== once;
        decided = true;
        return refunds(options(gateway)).sendRefund({ refundId, again, asOf: Date.now() });
      },
      () => {
        decided = false;
        return refunds().keepAsCredit({ refundId, asOf: Date.now() });
      },
    );
  }
}
