import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { newId } from '#domain/ids.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { ACTORS, AT, connectAs, insert, refusedBy, rows } from './testing/rows.ts';

let db: TestDatabase;
let worker: pg.Client;

beforeAll(async () => {
  db = await createTestDatabase('books');
  worker = await connectAs(db, 'worker');
});
afterAll(async () => {
  await worker.end();
  await db.drop();
});

describe('money does not come out of nowhere', () => {
  const entry = (transaction_id: string, position: number, amount_minor: number, currency = 'EUR') => ({
    transaction_id,
    position,
    account: 'receivable',
    currency,
    amount_minor,
  });
  const transaction = () => ({ id: newId(), key: newId(), kind: 'payment', occurred_at: AT });

  it.each<{ entries: [number, string][]; refused: string | null; because: string }>([
    {
      entries: [
        [2_900, 'EUR'],
        [-2_900, 'EUR'],
      ],
      refused: null,
      because: 'what one account gives another gets',
    },
    {
      entries: [
        [2_900, 'EUR'],
        [-2_000, 'EUR'],
        [-900, 'EUR'],
      ],
      refused: null,
      because: 'it may be split',
    },
    { entries: [[2_900, 'EUR']], refused: 'ledger_sums_to_zero', because: 'one side is missing' },
    {
      entries: [
        [2_900, 'EUR'],
        [-2_899, 'EUR'],
      ],
      refused: 'ledger_sums_to_zero',
      because: 'a cent is lost',
    },
    {
      entries: [
        [2_900, 'EUR'],
        [-2_900, 'USD'],
      ],
      refused: 'ledger_sums_to_zero',
      because: 'a dollar is no euro',
    },
    {
      entries: [
        [1, 'EUR'],
        [-1, 'EUR'],
        [1, 'USD'],
        [-1, 'USD'],
      ],
      refused: null,
      because: 'each currency by itself',
    },
    { entries: [[0, 'EUR']], refused: 'ledger_entry_amount_minor_check', because: 'nothing is no entry' },
  ])('$because', async ({ entries, refused }) => {
    const booked = transaction();
    const result = await refusedBy(worker, async (w) => {
      await insert(w, 'ledger_transaction', booked);
      for (const [n, [amount, currency]] of entries.entries())
        await insert(w, 'ledger_entry', entry(booked.id, n, amount, currency));
    });
    expect(result).toBe(refused);
    // Either all of it is in the books, or nothing.
    const inBooks = await db.sql('select from ledger_entry where transaction_id = $1', [booked.id]);
    expect(inBooks).toHaveLength(refused ? 0 : entries.length);
  });

  it('nor later: one more entry on an old transaction is refused', async () => {
    const booked = transaction();
    await refusedBy(worker, async (w) => {
      await insert(w, 'ledger_transaction', booked);
      await insert(w, 'ledger_entry', entry(booked.id, 1, 5));
      await insert(w, 'ledger_entry', entry(booked.id, 2, -5));
    });
    expect(await refusedBy(worker, (w) => insert(w, 'ledger_entry', entry(booked.id, 3, 1)))).toBe(
      'ledger_sums_to_zero',
    );
  });

  it('a payment is not given out twice', async () => {
    for (const [over, refused] of [
      [{ allocated_minor: 2_901 }, 'payment_allocated_once'],
      [{ refunded_minor: 2_901 }, 'payment_refunded_once'],
      [{ refunded_minor: -1 }, 'payment_refunded_once'],
      [{ amount_minor: 0 }, 'payment_amount_minor_check'],
    ] as const) {
      expect(await refusedBy(worker, (w) => insert(w, 'payment', rows.payment(over)))).toBe(refused);
    }
  });
});

describe('AUD-02 what is written stays', () => {
  it.each(['ledger_transaction', 'ledger_entry', 'audit_entry', 'audit_chain', 'credit_note'])(
    'no role changes, deletes or empties %s, the owner included',
    async (table) => {
      // Of the audit, each row guards itself.
      await insert(worker, 'audit_entry', rows.audit());
      for (const actor of ACTORS) {
        const client = await connectAs(db, actor, newId());
        for (const change of [
          `update ${table} set ${table === 'audit_chain' ? 'seq = 0' : 'customer_id = null'}`,
          `delete from ${table}`,
          `truncate ${table} cascade`,
        ]) {
          // 42501 is insufficient_privilege: the grant is missing, or the trigger refuses.
          await expect(client.query(change)).rejects.toMatchObject({ code: '42501' });
        }
        await client.end();
      }
    },
  );

  it('who works may add to the audit, and only some may read it', async () => {
    for (const [actor, adds, reads] of [
      ['worker', true, true],
      ['api', true, false],
      ['staff', true, true],
      ['customer', true, false],
      ['license', true, false],
      ['readonly', false, true],
    ] as const) {
      const client = await connectAs(db, actor, newId());
      const added = await refusedBy(client, (c) => insert(c, 'audit_entry', rows.audit()));
      expect([actor, added]).toEqual([actor, adds ? null : expect.stringContaining('permission denied')]);
      const read = await refusedBy(client, (c) => c.query('select from audit_entry'));
      expect([actor, read]).toEqual([actor, reads ? null : expect.stringContaining('permission denied')]);
      await client.end();
    }
  });

  it('AUD-01 an entry that cannot be written takes the change with it', async () => {
    const event = rows.event();
    const refused = await refusedBy(worker, async (w) => {
      await insert(w, 'webhook_inbox', event);
      await insert(w, 'audit_entry', rows.audit({ actor_type: 'nobody' }));
    });
    expect(refused).toBe('audit_entry_actor_type_check');
    expect(await db.sql('select from webhook_inbox where id = $1', [event['id']])).toEqual([]);
  });
});
