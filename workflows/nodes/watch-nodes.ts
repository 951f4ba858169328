import { proxyActivities } from '@temporalio/workflow';
import type { NodeActivities } from '#activities/nodes/check-nodes.ts';
import type { SweepActivities } from '#activities/money/payments/sweep-events.ts';
import { panel, once, sweep } from '../parking/retries.ts';

/** Every 15 minutes, by schedule: events of the last 72 hours whose webhook never arrived go into the same inbox. */
export async function reconcilePayments(): Promise<{ found: number }> {
  const { sweepGatewayEvents } = proxyActivities<SweepActivities>(sweep);
  const swept = await sweepGatewayEvents({ asOf: Date.now() });
  return { found: swept.found };
}

/** Every minute, by schedule: a node that fails three checks takes nothing new, two good ones bring it back. */
export async function watchNodes(): Promise<{ healthy: number; failing: number }> {
  const { checkNodes } = proxyActivities<NodeActivities>(once(panel));
  return await checkNodes({ asOf: Date.now() });
}
