import { SIGNALS } from '#domain/workflows/workflow-ids.ts';
import type { RowHolder } from '../pending-rows.ts';
import { run, statement, type Runner } from '../statements.ts';
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

/** At most 500 workflows are told at once; the others try again by themselves. */
const FIND_PARKED = statement<{ workflowId: string }>(
  'find_parked',
  // NoFreeNode and PackageMissing end when any node can take more than before.
  `select workflow_id as "workflowId" from incident
   where status = 'open' and (parent_id = $parentId::uuid or node_id = $nodeId::uuid or gateway = $gateway::text
     or $nodeId::uuid is not null and reason in ('NoFreeNode', 'PackageMissing'))
   order by opened_at limit 500`,
);

/** Tells the workflows that are parked on it to try again, in the caller's transaction. */
export async function wake(
  on: Runner & RowHolder,
  { because, parentId = undefined, nodeId = undefined, gateway = undefined }: Change,
  asOf: Date,
): Promise<void> {
  const parked = await run(on, FIND_PARKED, { parentId, nodeId, gateway });
  for (const workflowId of new Set(parked.map((incident) => incident.workflowId))) {
    signalLater(on, { workflowId, signal: SIGNALS.conditionsChanged, args: [because], key: because }, asOf);
  }
}
