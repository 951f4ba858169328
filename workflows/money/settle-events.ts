import { proxyActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '#activities/money/payments/book-payment.ts';
import type { Incidents } from '../parking/incidents.ts';
import { sendRefunds } from './send-refunds.ts';
import { gateway } from '../parking/retries.ts';
import { STEPS } from './steps.ts';

/** Looks at gateway events that the booked payment does not explain, and sends back what came twice. */
export async function settle(inboxIds: string[], incidents: Incidents): Promise<void> {
  const { refund } = await incidents.step(
    STEPS.settlement,
    ({ options }) => proxyActivities<PaymentActivities>(options(gateway)).settleEvents({ inboxIds, asOf: Date.now() }),
    () => ({ refund: [] }),
  );
  await sendRefunds(refund, STEPS.refund, incidents);
}
