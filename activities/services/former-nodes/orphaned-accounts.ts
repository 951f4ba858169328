import type { Service } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { openTask } from '#activities/desk/tasks.ts';

/** A node on which the service may have an account although it is not there, and the account if it is known. */
export interface LeftOn {
  nodeId: string;
  externalId: string | null;
  madeByUs: boolean;
  leftAt: string;
}

/** Remembers where the service, as it was read, may have an account that its own row no longer tells of. */
export async function noteLeft(
  em: Em,
  {
    id,
    nodeId,
    username,
    externalId,
    madeByUs,
  }: Pick<Service, 'id' | 'nodeId' | 'username' | 'externalId' | 'madeByUs'>,
  now: Date,
): Promise<void> {
  await em.execute(
    `insert into account_left (service_id, node_id, username, external_id, made_by_us, left_at) values (?, ?, ?, ?, ?, ?)
     on conflict (service_id, node_id, username) do update set left_at = excluded.left_at, settled_at = null,
       external_id = coalesce(excluded.external_id, account_left.external_id),
       made_by_us = case when excluded.external_id is null then account_left.made_by_us else excluded.made_by_us end`,
    [id, nodeId, username, externalId ?? null, madeByUs, now],
  );
}

/** The nodes that are still to be looked at; of a service that has ended, its own as well. */
export const nodesLeft = (em: Em, serviceId: string): Promise<LeftOn[]> =>
  em.execute<LeftOn[]>(
    `select distinct on (l.node_id) l.node_id as "nodeId", l.external_id as "externalId", l.made_by_us as "madeByUs", l.left_at as "leftAt"
     from account_left l join service s on s.id = l.service_id
     where l.service_id = ? and l.settled_at is null and (l.node_id <> s.node_id or s.status in ('canceled', 'terminated'))
     order by l.node_id, l.external_id is null, l.left_at desc`,
    [serviceId],
  );

/** Nothing of the service is on that node any more, or staff have the task to look. */
export async function settleLeft(em: Em, serviceId: string, nodeId: string, now: Date): Promise<void> {
  await em.execute(
    'update account_left set settled_at = ? where service_id = ? and node_id = ? and settled_at is null',
    [now, serviceId, nodeId],
  );
}

const taskKey = (serviceId: string, nodeId: string) => `left-behind/${serviceId}/${nodeId}/`;

/** Staff look at a node for what may have been left there, as of `since`. */
export const askStaffToLook = (
  em: Em,
  service: Pick<Service, 'id' | 'customerId'>,
  { nodeId, since, orderId, text }: { nodeId: string; since: Date; orderId: string; text: string },
  now: Date,
): void => {
  const key = `${taskKey(service.id, nodeId)}${since.getTime()}`;
  openTask(em, { key, kind: 'account_left_behind', text, customerId: service.customerId, orderId }, now);
};

/** The service is on that node again: whatever it has there is its own, and nobody is to delete it. */
export async function comeBack(em: Em, serviceId: string, nodeId: string, orderId: string, now: Date): Promise<void> {
  await em.execute('update staff_task set done_at = ?, done_by = ? where starts_with(key, ?) and done_at is null', [
    now,
    `order/${orderId}`,
    taskKey(serviceId, nodeId),
  ]);
}
