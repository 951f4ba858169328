import { Incident } from '#db/entities/index.ts';
import { signalLater } from '#db/outbox.ts';
import type { Em } from '#db/orm.ts';

/** What has changed, and for whom it may matter. */
export interface Change {
  /** One per happening: the same change wakes a workflow once. */
  because: string;
  /** Incidents that hang below this one. */
  parentId?: string | undefined;
  /** Incidents of this node, and orders that wait for any node. */
  nodeId?: string | undefined;
  gateway?: string | undefined;
}

/** Tells the workflows that are parked on it to try again, in the caller's transaction. */
export async function wake(em: Em, change: Change, asOf: Date): Promise<void> {
  const { parentId, nodeId, gateway, because } = change;
  const conditions = [
    ...(parentId ? [{ parentId }] : []),
    ...(nodeId ? [{ nodeId }, { reason: { $in: ['NoFreeNode', 'PackageMissing'] } }] : []),
    ...(gateway ? [{ gateway }] : []),
  ];
  if (conditions.length === 0) return;
  const parked = await em.find(
    Incident,
    { status: 'open', $or: conditions },
    { orderBy: { openedAt: 'asc' }, limit: 500 },
  );
  for (const workflowId of new Set(parked.map((incident) => incident.workflowId))) {
    signalLater(em, { workflowId, signal: 'conditionsChanged', args: [because], key: because }, asOf);
  }
}
