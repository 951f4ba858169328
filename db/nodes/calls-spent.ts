import type { CallBudget, CallsSpent } from '#domain/services/panel-budget.ts';
import { query, statement } from '../statements.ts';
import type { Orm } from '../orm.ts';

/** Calls are counted in rows of ten minutes, so "the last hour" is up to ten minutes longer: never too few. */
const SPAN_MS = 600_000;
/** Rows that count for nothing any more. */
const KEPT_MS = 26 * 3_600_000;

export interface NodeCalls extends CallBudget, CallsSpent {
  nodeId: string;
}

/** Sums for one node as columns of a query on `node n`; parameters $hourAgo and $dayAgo. */
const SPENT = `select n.id as "nodeId", n.calls_per_hour as "perHour", n.calls_per_day as "perDay",
    coalesce(sum(c.calls) filter (where c.began_at > $hourAgo::timestamptz), 0)::int as hour,
    coalesce(sum(c.calls), 0)::int as day,
    coalesce(sum(c.checks) filter (where c.began_at > $hourAgo::timestamptz), 0)::int as "checksHour",
    coalesce(sum(c.checks), 0)::int as "checksDay"
  from node n left join node_calls c on c.node_id = n.id and c.began_at > $dayAgo::timestamptz group by n.id`;

const READ = statement<NodeCalls>('read_node_calls', SPENT);
const ADD = statement(
  'add_node_calls',
  `insert into node_calls (node_id, began_at, calls, checks)
   select id, $beganAt::timestamptz, $calls::int, $checks::int from node where id = $nodeId::uuid
   on conflict (node_id, began_at) do update set calls = node_calls.calls + excluded.calls,
     checks = node_calls.checks + excluded.checks`,
);
const FORGET = statement('forget_node_calls', 'delete from node_calls where began_at < $before::timestamptz');

/** From which rows on calls count as made within the last hour, and within the last day. */
export const since = (at: Date) => {
  const before = (ms: number) => new Date(at.getTime() - ms - SPAN_MS);
  return { hourAgo: before(3_600_000), dayAgo: before(86_400_000) };
};

/** What every node may be asked, and what all workers together have asked of it. */
export const readNodeCalls = (orm: Orm, at: Date): Promise<NodeCalls[]> => query(orm, READ, since(at));

/** Adds calls that were made just now; those of a node that is gone are nobody's. */
export async function addNodeCalls(
  orm: Orm,
  { nodeId, calls, checks }: { nodeId: string; calls: number; checks: number },
  at: Date,
): Promise<void> {
  const beganAt = new Date(Math.floor(at.getTime() / SPAN_MS) * SPAN_MS);
  await query(orm, ADD, { nodeId, calls, checks, beganAt });
}

export const forgetNodeCalls = (orm: Orm, at: Date) => query(orm, FORGET, { before: new Date(at.getTime() - KEPT_MS) });
