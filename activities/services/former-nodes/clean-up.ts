import { transaction } from '#db/statements.ts';
import { allOrFirstError } from '#activities/all-or-first-error.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { createAccountDeleter } from '../accounts/delete-account.ts';
import { createServiceReader } from '../accounts/service-on-node.ts';
import { createFormerNodeReader, createOrphanHandover } from './hand-over.ts';
import { openOrphanTask, resolveOrphans, type FormerNode } from './orphaned-accounts.ts';

export interface ServiceToCleanUp {
  serviceId: string;
  asOf: number;
}

/** How an account goes away again: from the node the service is on, and from those it went on from. */
export const createCleanUpActivities = ({ orm, panels }: Pick<ActivityParts, 'orm' | 'panels'>) => {
  const readOnNode = createServiceReader({ orm, panels });
  const readFormerNodes = createFormerNodeReader({ orm });
  const deleteOnNode = createAccountDeleter({ orm });
  const handOver = createOrphanHandover({ orm, panels });
  return {
    /**
     * Deletes the account if we made it, also what was left on other nodes; an adopted one stays. Where the panel does
     * not say whose it is, or that of another node does not answer, staff get a task.
     */
    async deleteAccount({ serviceId, asOf }: ServiceToCleanUp): Promise<void> {
      const now = new Date(asOf);
      const onNode = await readOnNode(serviceId);
      if ((await deleteOnNode(onNode, now)) === 'unsure') {
        const { service, node, spec } = onNode;
        const text = `Order ${spec.reference} is taken back, and ${node.name} may have an account ${service.username} of it, but does not say whose it is. Look there, and delete it if it was made for this order.`;
        const task = { nodeId: node.id, sinceMs: service.createdAt.getTime(), orderId: spec.orderId, text };
        await transaction(orm, async (tx) => openOrphanTask(tx, service, task, now));
      }
      for (const former of await readFormerNodes(serviceId)) {
        await cleanUp(serviceId, former, now).catch((error: unknown) =>
          handOver(serviceId, former, doubtOf(error), now),
        );
      }
    },

    /**
     * Deletes what the service has left on the nodes it went on from, each once. Each is tried, whatever another does.
     * @throws what the first panel threw that did not do it; its node is still to be cleaned up then
     */
    async cleanUpFormerNodes({ serviceId, asOf }: ServiceToCleanUp): Promise<void> {
      const all = await readFormerNodes(serviceId);
      await allOrFirstError(all.map((former) => cleanUp(serviceId, former, new Date(asOf))));
    },
  };

  async function cleanUp(serviceId: string, former: FormerNode, now: Date): Promise<void> {
    const onNode = await readOnNode(serviceId, former.nodeId);
    const { externalId, madeByUs } = former;
    Object.assign(onNode.service, { externalId, madeByUs });
    if ((await deleteOnNode(onNode, now)) === 'unsure') {
      return handOver(serviceId, former, 'does not say whose it is', now);
    }
    await transaction(orm, (tx) => resolveOrphans(tx, serviceId, former.nodeId, now));
  }
};
export type CleanUpActivities = ReturnType<typeof createCleanUpActivities>;

/** @throws what is not a panel's doing */
function doubtOf(error: unknown): string {
  if (error instanceof Error && 'where' in error) return error.message;
  throw error;
}
