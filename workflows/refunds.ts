import { proxyActivities } from '@temporalio/workflow';
import type { RefundActivities } from '#activities/refunds.ts';
import type { Incidents } from './incidents.ts';
import { books, gateway } from './retries.ts';
import type { Step } from './steps.ts';

/** Sends each requested refund; one that staff skip stays with the customer as credit. */
export async function sendRefunds(refundIds: readonly string[], step: Step, incidents: Incidents): Promise<void> {
  for (const refundId of refundIds) {
    await incidents.step<void>(
      step,
      ({ options }) => proxyActivities<RefundActivities>(options(gateway)).sendRefund({ refundId, asOf: Date.now() }),
      () => proxyActivities<RefundActivities>(books).keepAsCredit({ refundId, asOf: Date.now() }),
    );
  }
}
