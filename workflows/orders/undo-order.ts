import { proxyActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { UndoActivities } from '#activities/orders/undo-order.ts';
import type { CleanUpActivities } from '#activities/services/former-nodes/clean-up.ts';
import { openManualTask } from '../parking/manual-tasks.ts';
import type { Aborted, Incidents } from '../parking/incidents.ts';
import type { OrderToFulfill } from '#domain/workflows/workflow-arguments.ts';
import { gateway, panel } from '../parking/retries.ts';
import { sendRefunds } from '../money/send-refunds.ts';
import { Phase } from '../search-attributes.ts';
import { STEPS } from './steps.ts';

/**
 * What an abort does, in the order that leaves nobody worse off: account away if we made it, money back,
 * then license, slot and order in our books. Each part parks by itself if it cannot go on.
 */
export async function undoOrder(
  order: OrderToFulfill,
  serviceId: string | undefined,
  aborted: Aborted,
  incidents: Incidents,
): Promise<'canceled' | 'refunded'> {
  upsertSearchAttributes([{ key: Phase, value: 'undoing' }]);
  const because = `${aborted.note} (${aborted.by})`;
  if (serviceId) {
    await incidents.step(
      STEPS.undoAccount,
      ({ options }) =>
        proxyActivities<CleanUpActivities>(options(panel)).deleteAccount({ serviceId, asOf: Date.now() }),
      (why) => openManualTask({ serviceId, what: 'delete', because: why }),
    );
  }
  const { refunds } = await incidents.step(STEPS.undoBooks, ({ options }) =>
    proxyActivities<UndoActivities>(options(gateway)).undoBooks({ ...order, because, asOf: Date.now() }),
  );
  await sendRefunds(refunds, STEPS.undoMoney, incidents);
  upsertSearchAttributes([{ key: Phase, value: refunds.length > 0 ? 'refunded' : 'canceled' }]);
  return refunds.length > 0 ? 'refunded' : 'canceled';
}
