import { SIGNALS } from '#domain/workflows/workflow-ids.ts';
import { Incident } from '../entities/index.ts';
import type { Em } from '../orm.ts';
import { signalLater } from './outbox.ts';

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

/** Reasons that end when any node can take more than before. */
const ANY_NODE = ['NoFreeNode', 'PackageMissing'];
/** Workflows told at once; the others try again by themselves. */
const MOST = 500;

/** Tells the workflows that are parked on it to try again, in the caller's transaction. */
export async function wake(em: Em, { because, parentId, nodeId, gateway }: Change, asOf: Date): Promise<void> {
  const conditions = [
    ...(parentId ? [{ parentId }] : []),
    ...(nodeId ? [{ nodeId }, { reason: { $in: ANY_NODE } }] : []),
    ...(gateway ? [{ gateway }] : []),
  ];
  if (conditions.length === 0) return;
  const parked = await em.find(
    Incident,
    { status: 'open', $or: conditions },
    { orderBy: { openedAt: 'asc' }, limit: MOST },
  );
  for (const workflowId of new Set(parked.map((incident) => incident.workflowId))) {
    signalLater(em, { workflowId, signal: SIGNALS.conditionsChanged, args: [because], key: because }, asOf);
  }
}
