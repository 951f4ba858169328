import type { Candidate } from '#domain/services/placement.ts';
import { run, statement, type Runner } from '../statements.ts';

/** What the rule of placement looks at, and of whom: `select ${CANDIDATE} ${CANDIDATES}`. */
export const CANDIDATE = `n.id, n.name, n.panel, n.capacity, n.slots_taken as "slotsTaken", n.draining, n.health,
     pp.package_id as "packageId"`;
/** Every node with the panel of the plan `$planId`. */
export const CANDIDATES = `from plan p join node n on n.panel = p.panel
     left join plan_package pp on pp.node_id = n.id and pp.plan_id = p.id
   where p.id = $planId`;

const READ_CANDIDATES = statement<Candidate>(
  'read_candidates_of_plan',
  `select ${CANDIDATE} ${CANDIDATES} order by n.name`,
);

/** For whoever may read nodes: staff and workers. */
export const readCandidates = (on: Runner, planId: string): Promise<Candidate[]> =>
  run(on, READ_CANDIDATES, { planId });

const READ_PLACEABLE = statement<{ id: string }>(
  'read_placeable_plans',
  'select id from placeable_plans($planIds::uuid[], $nodeId::uuid) as id',
);

/**
 * The ids of those plans that a node can take now, for everybody who sells; in one statement, however many they are.
 * @param nodeId  the only node to ask
 */
export async function readPlaceable(
  on: Runner,
  plans: readonly { id: string }[],
  nodeId?: string,
): Promise<ReadonlySet<string>> {
  if (plans.length === 0) return new Set();
  const planIds = `{${plans.map(({ id }) => id).join(',')}}`;
  const placeable = await run(on, READ_PLACEABLE, { planIds, nodeId: nodeId ?? null });
  return new Set(placeable.map(({ id }) => id));
}
