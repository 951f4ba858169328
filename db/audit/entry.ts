import { newId } from '#domain/ids.ts';
import type { ActorType } from '../entities/index.ts';
import type { Em } from '../orm.ts';
import { addRow, type PendingTable, type RowHolder } from '../pending-rows.ts';

/**
 * `reason`, `before`, `after` and `network` are where something about a person may stand: they can be erased, and the
 * chain holds on. All other fields are ids and words of ours, and stay for good.
 */
export interface AuditRecord {
  /** Given where rows refer to the entry. */
  id?: string | undefined;
  at: Date;
  actor: { type: ActorType; id?: string | undefined; onBehalfOf?: string | undefined };
  /** `order.placed`, `node.credentials_changed`. */
  action: string;
  object: { type: string; id?: string | undefined };
  customerId?: string | undefined;
  reason?: string | undefined;
  /** Whitelisted fields only; never a secret. */
  before?: Record<string, unknown> | undefined;
  after?: Record<string, unknown> | undefined;
  requestId?: string | undefined;
  network?: string | undefined;
  result?: string | undefined;
}

/** The role that signed in, for what is done past the API. */
export async function roleAsActor(em: Em): Promise<AuditRecord['actor']> {
  const [row] = await em.execute<{ role: string }[]>('select current_user as role');
  return { type: 'system', id: row!.role };
}

const AUDIT_ENTRIES: PendingTable = {
  table: 'audit_entry',
  columns: [
    'id',
    'at',
    'actor_type',
    'actor_id',
    'on_behalf_of',
    'action',
    'object_type',
    'object_id',
    'customer_id',
    'reason',
    'before',
    'after',
    'request_id',
    'network',
    'result',
  ],
};

/** Adds the entry to the change it explains: neither is written without the other. */
export const audit = (change: RowHolder, record: AuditRecord): void =>
  addRow(change, AUDIT_ENTRIES, {
    id: record.id ?? newId(),
    at: record.at,
    actor_type: record.actor.type,
    actor_id: record.actor.id,
    on_behalf_of: record.actor.onBehalfOf,
    action: record.action,
    object_type: record.object.type,
    object_id: record.object.id,
    customer_id: record.customerId,
    reason: record.reason,
    before: record.before,
    after: record.after,
    request_id: record.requestId,
    network: record.network,
    result: record.result ?? 'ok',
  });
