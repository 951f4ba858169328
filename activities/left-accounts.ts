import type { Service } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';

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
