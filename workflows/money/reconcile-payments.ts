import { proxyActivities } from '@temporalio/workflow';
import type { SweepActivities } from '#activities/money/payments/sweep-events.ts';
import { sweep } from '../parking/retries.ts';

/** Every 15 minutes, by schedule: events of the last 72 hours whose webhook never arrived go into the same inbox. */
export async function reconcilePayments(): Promise<{ found: number }> {
  const { sweepGatewayEvents } = proxyActivities<SweepActivities>(sweep);
  const swept = await sweepGatewayEvents({ asOf: Date.now() });
  return { found: swept.found };
}
