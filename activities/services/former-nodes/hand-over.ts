import { transaction } from '#db/statements.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { createServiceReader } from '../accounts/service-on-node.ts';
import { formerNodes, openOrphanTask, resolveOrphans, type FormerNode } from './orphaned-accounts.ts';

/** Reads the nodes on which an account of a service may be orphaned. */
export const createFormerNodeReader =
  ({ orm }: Pick<ActivityParts, 'orm'>) =>
  (serviceId: string): Promise<FormerNode[]> =>
    transaction(orm, (tx) => formerNodes(tx, serviceId));

/** Leaves it to staff to look at a former node: from then on nobody else does. */
export const createOrphanHandover = ({ orm, panels }: Pick<ActivityParts, 'orm' | 'panels'>) => {
  const readOnNode = createServiceReader({ orm, panels });
  return async (serviceId: string, { nodeId, sinceMs }: FormerNode, doubt: string, now: Date): Promise<void> => {
    const { service, node, spec } = await readOnNode(serviceId, nodeId);
    const names = spec.names.join(' or ') || service.username;
    const text = `Order ${spec.reference} went on from ${node.name}, which may have an account ${names} of it: ${doubt.replace(/\.$/, '')}. Look there, and delete it if it was made for this order.`;
    await transaction(orm, async (tx) => {
      openOrphanTask(tx, service, { nodeId, sinceMs, orderId: spec.orderId, text }, now);
      await resolveOrphans(tx, serviceId, nodeId, now);
    });
  };
};
