import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { GatewayCheckActivities } from '#activities/money/gateways/check-gateway.ts';
import type { GatewayName } from '#domain/vendors.ts';
import { hearCancellation } from '../parking/cancellation.ts';
import { Incidents } from '../parking/incidents.ts';
import { gateway as retries } from '../parking/retries.ts';
import { STEPS } from './steps.ts';

/**
 * Checks a gateway's credentials and rights. What does not pass parks, and heals once it passes. Started by its schedule as
 * `watchGateway/<gateway>` and the time, at each start of a worker and each hour, and never while another is parked: a
 * gateway has one incident however long it lasts. Safe to run again: a check changes nothing at the gateway.
 */
export async function watchGateway({ gateway }: { gateway: GatewayName }): Promise<'well' | 'off' | 'left'> {
  const incidents = new Incidents(() => ({}));
  const { workflowId } = workflowInfo();
  return hearCancellation(
    () => incidents.hearCancel(),
    () =>
      incidents.step<'well' | 'off' | 'left'>(
        STEPS.gateway,
        ({ options }) => {
          const { watchedGateway } = proxyActivities<GatewayCheckActivities>(options(retries));
          return watchedGateway({ gateway, workflowId, asOf: Date.now() });
        },
        () => 'left',
      ),
  );
}
