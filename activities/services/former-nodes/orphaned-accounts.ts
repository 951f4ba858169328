import type { RowHolder } from '#db/pending-rows.ts';
import { run, statement, type Runner } from '#db/statements.ts';
import { openTask } from '#db/desk/tasks.ts';

/** A node on which the service may have an account although it is not there, and the account if it is known. */
export interface FormerNode {
  nodeId: string;
  externalId: string | null;
  madeByUs: boolean;
  /** In milliseconds since 1970. */
  sinceMs: number;
}

const RECORD = statement(
  'record_orphan',
  `insert into orphaned_account as o (service_id, node_id, username, external_id, made_by_us, since)
   values ($serviceId, $nodeId, $username, $externalId::text, $madeByUs, $now)
   on conflict (service_id, node_id, username) do update set since = excluded.since, resolved_at = null,
     external_id = coalesce(excluded.external_id, o.external_id),
     made_by_us = case when excluded.external_id is null then o.made_by_us else excluded.made_by_us end`,
);
const READ = statement<FormerNode>(
  'read_former_nodes',
  `select distinct on (o.node_id) o.node_id as "nodeId", o.external_id as "externalId", o.made_by_us as "madeByUs",
     (extract(epoch from o.since) * 1000)::float8 as "sinceMs"
   from orphaned_account o join service s on s.id = o.service_id
   where o.service_id = $serviceId and o.resolved_at is null and (o.node_id <> s.node_id or s.status in ('canceled', 'terminated'))
   order by o.node_id, o.external_id is null, o.since desc`,
);
const RESOLVE = statement(
  'resolve_orphans',
  `update orphaned_account set resolved_at = $now
   where service_id = $serviceId and node_id = $nodeId and resolved_at is null`,
);
const CLOSE_TASKS = statement(
  'close_orphan_tasks',
  'update staff_task set done_at = $now, done_by = $by where starts_with(key, $prefix) and done_at is null',
);

/** Where a service may have an account that its own row no longer tells of. */
export interface Orphan {
  id: string;
  nodeId?: string | null | undefined;
  username?: string | null | undefined;
  externalId?: string | null | undefined;
  madeByUs: boolean;
}

/** Remembers an account that may be left behind, so that it is looked for whatever happens to whoever should. */
export async function recordOrphan(
  on: Runner,
  { id: serviceId, nodeId, username, externalId = null, madeByUs }: Orphan,
  now: Date,
): Promise<void> {
  await run(on, RECORD, { serviceId, nodeId, username, externalId, madeByUs, now });
}

/** The nodes that are still to be looked at; of a service that has ended, its own as well. */
export const formerNodes = (on: Runner, serviceId: string): Promise<FormerNode[]> => run(on, READ, { serviceId });

/** Nothing of the service is on that node any more, or staff have the task to look. */
export async function resolveOrphans(on: Runner, serviceId: string, nodeId: string, now: Date): Promise<void> {
  await run(on, RESOLVE, { serviceId, nodeId, now });
}

const taskKey = (serviceId: string, nodeId: string) => `orphaned-account/${serviceId}/${nodeId}/`;

/** Staff look at a node for what may have been left there. */
export const openOrphanTask = (
  rows: RowHolder,
  service: { id: string; customerId: string },
  { nodeId, sinceMs, orderId, text }: { nodeId: string; sinceMs: number; orderId: string; text: string },
  now: Date,
): void => {
  const key = `${taskKey(service.id, nodeId)}${sinceMs}`;
  openTask(rows, { key, kind: 'orphaned_account', text, customerId: service.customerId, orderId }, now);
};

/** The service is on that node again: whatever it has there is its own, and nobody is to delete it. */
export async function closeOrphanTasks(
  on: Runner,
  serviceId: string,
  nodeId: string,
  orderId: string,
  now: Date,
): Promise<void> {
  await run(on, CLOSE_TASKS, { now, by: `order/${orderId}`, prefix: taskKey(serviceId, nodeId) });
}
