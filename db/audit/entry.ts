import { newId } from '#domain/ids.ts';
import { AuditEntry, type ActorType } from '../entities/index.ts';
import type { Em } from '../orm.ts';

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

/** Writes the entry in the caller's transaction: no change without its explanation. */
export function audit(em: Em, record: AuditRecord): void {
  em.create(AuditEntry, {
    id: record.id ?? newId(),
    at: record.at,
    actorType: record.actor.type,
    actorId: record.actor.id ?? null,
    onBehalfOf: record.actor.onBehalfOf ?? null,
    action: record.action,
    objectType: record.object.type,
    objectId: record.object.id ?? null,
    customerId: record.customerId ?? null,
    reason: record.reason ?? null,
    before: record.before ?? null,
    after: record.after ?? null,
    requestId: record.requestId ?? null,
    network: record.network ?? null,
    result: record.result ?? 'ok',
  });
}
