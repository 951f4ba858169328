import { proxyActivities } from '@temporalio/workflow';
import type { NodeActivities } from '#activities/nodes/check-nodes.ts';
import { once, panel } from '../parking/retries.ts';

/** Every minute, by schedule: a node that fails three checks takes nothing new, two good ones bring it back. */
export async function watchNodes(): Promise<{ healthy: number; failing: number }> {
  const { checkNodes } = proxyActivities<NodeActivities>(once(panel));
  return await checkNodes({ asOf: Date.now() });
}
