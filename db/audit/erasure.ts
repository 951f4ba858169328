import { newId } from '#domain/ids.ts';
import { audit, roleAsActor } from './entry.ts';
import { continueChain } from './chain.ts';
import { flush, inTransaction, type Orm } from '../orm.ts';

export interface Erased {
  /** Entries whose personal fields are gone now. */
  entries: number;
  /** Entries from before version 0007 of the schema: their chain covers the fields themselves, so they stay. */
  kept: number;
}

const BATCH = 2_000;

/**
 * Takes the personal fields of everything the audit says about one customer: reason, before, after and network. Who did
 * what to which row and when stays, as do ids, which mean nobody once the customer's own row is anonymous. That it was
 * done is an entry itself, of which the chain says that it came after all it erased. Running it again finds only what
 * was written since.
 * @param orm  as the owner of the tables: no role that serves anybody may erase
 */
export async function eraseFromAudit(
  orm: Orm,
  { customerId, reason, at }: { customerId: string; reason: string; at: Date },
): Promise<Erased> {
  // What is erased has its number before the entry that says so.
  while ((await inTransaction(orm, (em) => continueChain(em, BATCH))) > 0);
  return inTransaction(orm, async (em) => {
    const id = newId();
    audit(em, {
      id,
      at,
      actor: await roleAsActor(em),
      action: 'audit.erased',
      object: { type: 'customer', id: customerId },
      reason,
    });
    await flush(em);
    const erased = await em.execute<unknown[]>(
      `update audit_entry e set reason = null, before = null, after = null, network = null, personal_key = null, erased_by = ?
        where customer_id = ? and personal_key is not null and exists (select from audit_chain c where c.entry_id = e.id)
        returning 1`,
      [id, customerId],
    );
    const [{ kept }] = (await em.execute<[{ kept: number }]>(
      `select count(*)::int as kept from audit_entry where customer_id = ? and personal_digest is null`,
      [customerId],
    ))!;
    return { entries: erased.length, kept };
  });
}
