import { proxyActivities } from '@temporalio/workflow';

const { noop } = proxyActivities<{ noop(): Promise<string> }>({ startToCloseTimeout: '1m' });

/** As many activities as an order has, one after the other. */
export async function noopOrder(activities: number): Promise<void> {
  for (let i = 0; i < activities; i += 1) await noop();
}
