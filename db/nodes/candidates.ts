import type { Candidate } from '#domain/services/placement.ts';
import { run, statement, type Runner, type Statement } from '../statements.ts';

/** What the rule of placement reads of `placement_candidates(…) n`. */
export const CANDIDATE = `n.id, n.name, n.panel, n.capacity, n.slots_taken as "slotsTaken", n.draining, n.health,
     n.package_id as "packageId"`;

type Plans = readonly { id: string }[];
type Row = Candidate & { planId: string };
export type CandidatesByPlan = Map<string, Candidate[]>;

const READ_ALL = statement<Row>(
  'read_candidates_of_plans',
  `select n.plan_id as "planId", ${CANDIDATE} from placement_candidates($planIds::uuid[]) n order by n.name`,
);
/** Whatever `obstacle` of domain/services/placement.ts looks at is told apart here. */
const READ_KINDS = statement<Row>(
  'read_kinds_of_candidates',
  `select distinct on (n.plan_id, n.draining, n.health, n.package_id is null, n.slots_taken < n.capacity)
     n.plan_id as "planId", ${CANDIDATE} from placement_candidates($planIds::uuid[]) n`,
);

/** Every node with the panel of each plan, by plan, in the order of their names. */
export const readCandidates = (on: Runner, plans: Plans) => read(on, READ_ALL, plans);

/** Of the nodes that the rule of placement cannot tell apart only one: enough to ask whether a plan can be placed. */
export const readKindsOfCandidates = (on: Runner, plans: Plans) => read(on, READ_KINDS, plans);

/** In one statement, however many they are. */
async function read(on: Runner, of: Statement<Row>, plans: Plans): Promise<CandidatesByPlan> {
  const found: CandidatesByPlan = new Map(plans.map(({ id }) => [id, []]));
  if (plans.length === 0) return found;
  const rows = await run(on, of, { planIds: `{${plans.map(({ id }) => id).join(',')}}` });
  for (const { planId, ...candidate } of rows) found.get(planId)!.push(candidate);
  return found;
}
