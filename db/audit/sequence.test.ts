import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { idAt } from '#domain/workflows/replayed-id.ts';
import { audit } from './entry.ts';
import { verifyChain } from './chain.ts';
import { flush, inTransaction } from '../orm.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { AT, connectAs, insert, rows } from '../testing/rows.ts';

let db: TestDatabase;
let verifier: pg.Client;

beforeAll(async () => {
  db = await createTestDatabase('sequencer');
  verifier = await connectAs(db, 'readonly');
});
afterEach(() =>
  db.sql(
    `set session_replication_role = replica; truncate audit_waiting, audit_chain, audit_entry; reset session_replication_role`,
  ),
);
afterAll(async () => {
  await verifier.end();
  await db.drop();
});

/** How long the chain is, which holds. */
async function length(): Promise<number> {
  const { head, problem } = await verifyChain(verifier);
  expect(problem).toBeNull();
  expect(await db.sql('select * from audit_verify()')).toEqual([]);
  return head.seq;
}

describe('the sequencer', () => {
  it('several at once give gapless numbers, each entry once, while others write and give up', async () => {
    const orm = await db.orm('worker', 8);
    const writers = { write: true };
    const write = async (n: number) => {
      for (let i = 0; i < 25; i += 1) {
        await inTransaction(orm, async (em) => {
          audit(em, {
            at: new Date(AT),
            actor: { type: 'system' },
            action: `writer.${n}`,
            object: { type: 'order', id: String(i) },
          });
          await flush(em);
          if (i % 5 === 4) throw new Error('gives up');
        }).catch((error: Error) => expect(error.message).toBe('gives up'));
      }
    };
    const sequence = async () => {
      const worker = await connectAs(db, 'worker');
      const take = async () => (await worker.query<{ n: number }>('select audit_sequence(3) as n')).rows[0]!.n;
      let taken = 0;
      for (let n = await take(); writers.write || n > 0; n = await take()) taken += n;
      await worker.end();
      return taken;
    };
    const sequencers = [sequence(), sequence(), sequence()];
    await Promise.all([1, 2, 3, 4].map(write));
    writers.write = false;
    const taken = await Promise.all(sequencers);
    // 4 writers, 25 entries each, of which each fifth was rolled back.
    expect(taken.reduce((a, b) => a + b)).toBe(80);
    expect(await length()).toBe(80);
    expect(await db.sql('select from audit_waiting')).toEqual([]);
  });

  it('takes the oldest first, and no more than it is asked for', async () => {
    for (const at of [3, 1, 2]) {
      await insert({ query: db.sql }, 'audit_entry', rows.audit({ id: idAt(at, Math.random), action: `at.${at}` }));
    }
    expect(await db.sql('select audit_sequence(2) as n')).toEqual([{ n: 2 }]);
    expect(await db.sql('select audit_sequence(2) as n')).toEqual([{ n: 1 }]);
    expect(await db.sql('select audit_sequence(2) as n')).toEqual([{ n: 0 }]);
    const order = await db.sql<{ action: string }>(
      'select action from audit_chain c join audit_entry e on e.id = c.entry_id order by seq',
    );
    expect(order.map(({ action }) => action)).toEqual(['at.1', 'at.2', 'at.3']);
  });

  it('numbers nothing that is not committed, and writers do not wait for it', async () => {
    const slow = await connectAs(db, 'worker');
    await slow.query('begin');
    await insert(slow, 'audit_entry', rows.audit({ action: 'slow' }));
    expect(await db.sql('select audit_sequence(10) as n')).toEqual([{ n: 0 }]);
    const sequencer = await connectAs(db, 'worker');
    await sequencer.query('begin; select audit_sequence(10)');
    await insert({ query: db.sql }, 'audit_entry', rows.audit({ action: 'quick' }));
    await slow.query('commit');
    await sequencer.query('commit');
    expect(await db.sql('select audit_sequence(10) as n')).toEqual([{ n: 2 }]);
    expect(await length()).toBe(2);
    await slow.end();
    await sequencer.end();
  });
});
