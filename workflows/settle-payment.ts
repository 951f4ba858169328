import { proxyActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '#activities/payments.ts';
import { Incidents } from './incidents.ts';
import { sendRefunds } from './refunds.ts';
import { gateway } from './retries.ts';
import { STEPS } from './steps.ts';

/**
 * Settles a gateway event that no running order waits for: late money becomes credit and a task, a second payment
 * goes back, a refund or dispute made at the gateway is recorded. Started as `settlement/<inbox row>`.
 * Safe to run again: money is booked once by its gateway id, refunds are keyed by their rows.
 */
export async function settlePayment({ inboxId }: { inboxId: string }): Promise<'settled'> {
  const incidents = new Incidents(() => ({}));
  const { refund } = await incidents.step(
    STEPS.settlement,
    ({ options }) =>
      proxyActivities<PaymentActivities>(options(gateway)).settleEvents({ inboxIds: [inboxId], asOf: Date.now() }),
    () => ({ refund: [] }),
  );
  await sendRefunds(refund, STEPS.refund, incidents);
  return 'settled';
}
