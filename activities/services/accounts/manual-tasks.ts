import { transaction } from '#db/statements.ts';
import { openTask } from '#db/desk/tasks.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { createFormerNodeReader, createOrphanHandover } from '../former-nodes/hand-over.ts';
import { createServiceReader } from './service-on-node.ts';

export interface ManualTask {
  serviceId: string;
  /** What is left to staff: the account on its node, or only what may lie on nodes that the service went on from. */
  what: 'make' | 'delete' | 'look';
  /** Why it is, for the text. */
  because: string;
  asOf: number;
}

/** What people do on a panel when nobody else does, and what they hear of while it is still being tried. */
export const createManualTaskActivities = ({ orm, panels }: Pick<ActivityParts, 'orm' | 'panels'>) => {
  const readOnNode = createServiceReader({ orm, panels });
  const readFormerNodes = createFormerNodeReader({ orm });
  const handOver = createOrphanHandover({ orm, panels });
  return {
    /** Staff do by hand what a step was to do; a task says what, and others say where else to look. */
    async openManualTask({ serviceId, what, because, asOf }: ManualTask): Promise<void> {
      const now = new Date(asOf);
      for (const former of await readFormerNodes(serviceId)) await handOver(serviceId, former, because, now);
      if (what === 'look') return;
      const { service, node, spec } = await readOnNode(serviceId);
      const { orderId, reference, plan, email } = spec;
      const text =
        what === 'make'
          ? `Order ${reference} goes on without an account on ${node.name} (${because}). Make it there by hand: ${service.username}, for ${email}, with the package of the plan ${plan}.`
          : `Order ${reference} is taken back, and its account ${service.username} stays on ${node.name} (${because}). Delete it there by hand, if it is there and was made for this order.`;
      const task = { key: `by-hand/${what}/${serviceId}`, kind: `account_to_${what}`, text } as const;
      const of = { customerId: service.customerId, orderId };
      await transaction(orm, async (tx) => openTask(tx, { ...task, ...of }, now));
    },

    /** The panel call has not succeeded for an hour: staff hear of it while it is still being tried. */
    async reportSlowAccount({ serviceId, asOf }: { serviceId: string; asOf: number }): Promise<void> {
      const { service, node, spec } = await readOnNode(serviceId);
      const text = `The account of order ${spec.reference} has not been made on ${node.name} for an hour. It is tried again for a day, then it parks.`;
      const task = { key: `slow-account/${serviceId}/${node.id}`, kind: 'slow_account', text } as const;
      const of = { customerId: service.customerId, orderId: spec.orderId };
      await transaction(orm, async (tx) => openTask(tx, { ...task, ...of }, new Date(asOf)));
    },
  };
};
export type ManualTaskActivities = ReturnType<typeof createManualTaskActivities>;
