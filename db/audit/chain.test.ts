import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { newId } from '#domain/ids.ts';
import { chainHead, verifyChain, type ChainHead, type KeptHead } from './chain.ts';
import type { Orm } from '../orm.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { AT, connectAs, insert, rows } from '../testing/rows.ts';

const LENGTH = 12;
let db: TestDatabase;
/** Above every rule: no trigger and no foreign key stops it. */
let intruder: pg.Client;
let verifier: pg.Client;
let head: ChainHead;
let reader: Orm;

beforeAll(async () => {
  db = await createTestDatabase('audit_chain');
  intruder = await connectAs(db, 'owner');
  await intruder.query('set session_replication_role = replica');
  verifier = await connectAs(db, 'readonly');
  reader = await db.orm('readonly', 1);
  for (let n = 0; n < LENGTH; n += 1) {
    const extra = n % 2 ? { reason: 'staff asked', before: '{"a": null}', after: '{"a": 1}' } : {};
    await insert({ query: db.sql }, 'audit_entry', rows.audit({ action: `step.${n}`, ...extra }));
  }
  await db.sql('select audit_sequence(1000)');
  head = await headNow();
  await intruder.query('create table kept_entry as table audit_entry; create table kept_chain as table audit_chain');
});
afterEach(async () => {
  await intruder.query(`truncate audit_waiting, audit_chain, audit_entry;
    insert into audit_entry table kept_entry; insert into audit_chain table kept_chain`);
});
afterAll(async () => {
  await intruder.end();
  await verifier.end();
  await db.drop();
});

const headNow = () => chainHead(reader.em.fork());
const keptOn = (when: string, kept = head): KeptHead => ({ ...kept, at: when });
const inDatabase = async () =>
  (await verifier.query<{ seq: string | null; problem: string }>('select * from audit_verify()')).rows;
/** What each of the two finds. */
async function found(...kept: KeptHead[]) {
  const { problem } = await verifyChain(verifier, kept);
  const [row] = await inDatabase();
  return {
    typescript: problem && [problem.seq, problem.says],
    sql: row ? [row.seq === null ? null : Number(row.seq), row.problem] : null,
  };
}
const both = (seq: number | null, says: unknown) => ({ typescript: [seq, says], sql: [seq, says] });

describe('AUD-03 the chain', () => {
  it('holds, is numbered from 1, and says how far', async () => {
    expect(await found()).toEqual({ typescript: null, sql: null });
    expect(await verifyChain(verifier, [keptOn(AT)])).toEqual({ head, problem: null });
    expect(head).toEqual({ seq: LENGTH, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('of nothing holds too', async () => {
    await intruder.query('truncate audit_chain, audit_entry, audit_waiting');
    expect(await found()).toEqual({ typescript: null, sql: null });
    expect((await headNow()).seq).toBe(0);
  });

  const changed = 'the entry or one before it was changed';
  const saidOtherwise = 'the personal fields of the entry were changed';
  it.each([
    ['edited: when', changed, `update audit_entry set at = at + interval '1 microsecond'`],
    ['edited: who', changed, `update audit_entry set actor_type = 'staff'`],
    ['edited: on whose behalf', changed, `update audit_entry set on_behalf_of = 'ada'`],
    ['edited: what', changed, `update audit_entry set action = 'order.forgotten'`],
    ['edited: of whom', changed, `update audit_entry set customer_id = gen_random_uuid()`],
    ['edited: why', saidOtherwise, `update audit_entry set reason = null`],
    ['edited: a word added to why', saidOtherwise, `update audit_entry set reason = reason || '.'`],
    ['edited: what it was', saidOtherwise, `update audit_entry set before = '{"a": 2}'`],
    ['edited: unknown turned into never said', saidOtherwise, `update audit_entry set before = '{}'`],
    ['edited: what it became', saidOtherwise, `update audit_entry set after = null`],
    ['edited: how it went', changed, `update audit_entry set result = 'refused'`],
    ['edited: asked by what', changed, `update audit_entry set request_id = 'r1'`],
    ['edited: from where', saidOtherwise, `update audit_entry set network = '192.0.2.0/24'`],
    ['edited: the key of why', saidOtherwise, `update audit_entry set personal_key = sha256('x')`],
    [
      'edited: why, with a digest that fits',
      changed,
      `update audit_entry set reason = 'x', personal_digest = sha256(personal_key || convert_to('{"after": {"a": 1}, "before": {"a": null}, "reason": "x"}', 'UTF8'))`,
    ],
  ])('AUD-03 finds an entry %s', async (_, says, change) => {
    await intruder.query(`${change} where action = 'step.5'`);
    expect(await found()).toEqual(both(6, says));
  });

  it('finds every column that there is, edited', async () => {
    const { rows: columns } = await intruder.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, null) as type from pg_attribute
        where attrelid = 'audit_entry'::regclass and attnum > 0 and not attisdropped and attname not in ('id', 'actor_type', 'erased_by')`,
    );
    expect(columns.length).toBeGreaterThanOrEqual(15);
    const other: Record<string, string | Buffer> = {
      uuid: newId(),
      jsonb: '{"x": 0}',
      text: 'x',
      bytea: Buffer.alloc(32),
      'timestamp with time zone': '2000-01-01',
    };
    for (const { name, type } of columns) {
      await intruder.query(`update audit_entry set ${name} = $1 where action = 'step.0'`, [other[type]]);
      const personal = ['reason', 'before', 'after', 'network', 'personal_key'].includes(name);
      expect([name, await found()]).toEqual([name, both(1, personal ? saidOtherwise : changed)]);
      await intruder.query('delete from audit_entry; insert into audit_entry table kept_entry');
    }
  });

  it.each<[string, string, number | null, unknown]>([
    ['an entry deleted', `delete from audit_entry where action = 'step.5'`, 6, 'the entry is gone'],
    ['a link deleted', 'delete from audit_chain where seq = 6', 6, 'number 6 is missing'],
    ['the first deleted', 'delete from audit_chain where seq = 1', 1, 'number 1 is missing'],
    [
      'an entry and its link deleted, the rest numbered anew',
      `delete from audit_entry where action = 'step.5'; delete from audit_chain where seq = 6;
       update audit_chain set seq = -(seq - 1) where seq > 6; update audit_chain set seq = -seq where seq < 0`,
      6,
      changed,
    ],
    [
      "two entries put in each other's place",
      `update audit_chain set entry_id = gen_random_uuid() where seq in (4, 5);
       update audit_chain c set entry_id = k.entry_id from kept_chain k where k.seq = 9 - c.seq and c.seq in (4, 5)`,
      4,
      changed,
    ],
    [
      "two links put in each other's place",
      `update audit_chain set seq = -seq where seq in (4, 5); update audit_chain set seq = 9 + seq where seq < 0`,
      4,
      changed,
    ],
    ['a hash changed', `update audit_chain set hash = sha256('x') where seq = 12`, 12, changed],
    [
      'an entry inserted in the middle',
      `update audit_chain set seq = -seq - 1 where seq > 5; update audit_chain set seq = -seq where seq < 0;
       insert into audit_entry (id, at, actor_type, action, object_type) values ('0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a', now(), 'system', 'forged', 'x');
       insert into audit_chain select 6, '0193a6e2-5c1f-7d3a-9b42-6f0e1d2c3b4a', sha256((select hash from audit_chain where seq = 5) || audit_canonical(e)) from audit_entry e where action = 'forged'`,
      7,
      changed,
    ],
    [
      'an entry written past the trigger',
      `insert into audit_entry (id, at, actor_type, action, object_type) values (gen_random_uuid(), now(), 'system', 'forged', 'x')`,
      null,
      expect.stringMatching(/^entry .{36} was written around the chain$/),
    ],
    [
      'an entry that went before it was numbered',
      'insert into audit_waiting values (gen_random_uuid())',
      null,
      expect.stringMatching(/^entry .{36} went away before it was numbered$/),
    ],
  ])('finds %s', async (_, change, seq, says) => {
    await intruder.query(change);
    expect(await found()).toEqual(both(seq, says));
  });

  it('AUD-03 finds a tail that was cut, against a head kept elsewhere and only so', async () => {
    await intruder.query(
      `delete from audit_entry e using audit_chain c where c.entry_id = e.id and c.seq > 9; delete from audit_chain where seq > 9`,
    );
    expect(await found()).toEqual({ typescript: null, sql: null });
    expect((await found(keptOn('Monday'))).typescript).toEqual([
      10,
      'the chain ends at 9, but was 12 long when its head was kept on Monday',
    ]);
  });

  it('AUD-03 finds everything gone, against a head kept elsewhere', async () => {
    await intruder.query('truncate audit_chain, audit_entry, audit_waiting');
    expect((await found(keptOn('Monday'))).typescript).toEqual([
      1,
      'the chain ends at 0, but was 12 long when its head was kept on Monday',
    ]);
  });

  it('AUD-03 finds an old copy put back and gone on from, against a head kept elsewhere', async () => {
    await intruder.query(
      `delete from audit_entry e using audit_chain c where c.entry_id = e.id and c.seq > 9; delete from audit_chain where seq > 9`,
    );
    for (let n = 0; n < 5; n += 1) await insert({ query: db.sql }, 'audit_entry', rows.audit({ action: 'other' }));
    await db.sql('select audit_sequence(1000)');
    expect(await found()).toEqual({ typescript: null, sql: null });
    expect((await found(keptOn('Monday'))).typescript).toEqual([
      12,
      'the chain is not the one whose head was kept on Monday',
    ]);
  });

  it('AUD-03 finds a chain computed anew from an edited entry on, at the first head that is another', async () => {
    const hashAt = async (seq: number) =>
      (await db.sql<{ hash: string }>(`select encode(hash, 'hex') as hash from audit_chain where seq = $1`, [seq]))[0]!
        .hash;
    const heads = await Promise.all(
      [3, 6, 9].map(async (seq) => keptOn(`day ${seq}`, { seq, hash: await hashAt(seq) })),
    );
    await intruder.query(`update audit_entry set action = 'order.forgotten' where action = 'step.5'`);
    await intruder.query(`do $$ declare link record; last bytea; begin
      select hash into last from audit_chain where seq = 5;
      for link in select c.seq, e from audit_chain c join audit_entry e on e.id = c.entry_id where c.seq > 5 order by c.seq loop
        last := sha256(last || audit_canonical(link.e));
        update audit_chain set hash = last where seq = link.seq;
      end loop; end $$`);
    expect(await found()).toEqual({ typescript: null, sql: null });
    expect((await found(...heads)).typescript).toEqual([6, 'the chain is not the one whose head was kept on day 6']);
    expect((await found(heads[0]!)).typescript).toBeNull();
  });

  it('AUD-03 of two heads that contradict each other, believes neither', async () => {
    const forged = keptOn('Tuesday', { seq: LENGTH, hash: '0'.repeat(64) });
    const says = 'the chain is not the one whose head was kept on Tuesday';
    expect((await found(keptOn('Monday'), forged)).typescript).toEqual([LENGTH, says]);
    const beginning = keptOn('Tuesday', { seq: 0, hash: '0'.repeat(64) });
    expect((await found(beginning)).typescript).toEqual([0, says]);
  });

  it('AUD-03 goes on past a head that was kept', async () => {
    await insert({ query: db.sql }, 'audit_entry', rows.audit());
    await db.sql('select audit_sequence(1000)');
    const { head: now, problem } = await verifyChain(verifier, [keptOn('Monday')]);
    expect([now.seq, problem]).toEqual([LENGTH + 1, null]);
  });

  it('is not fooled by functions that were replaced', async () => {
    await intruder.query('begin');
    const kept = await intruder.query<{ text: string }>(
      `select pg_get_functiondef('audit_canonical'::regproc) as text`,
    );
    await intruder.query(
      `create or replace function audit_canonical(entry audit_entry) returns bytea language sql stable as $$ select ''::bytea $$`,
    );
    await intruder.query(`update audit_entry set action = 'order.forgotten' where action = 'step.5'`);
    await intruder.query('commit');
    expect((await found()).typescript).toEqual([6, changed]);
    await intruder.query(kept.rows[0]!.text);
  });

  it('is hashed alike in TypeScript and in SQL, whatever an entry says', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((any) => any.replaceAll('\0', ''));
    const json = fc.dictionary(
      text,
      fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null), fc.array(text)),
    );
    const at = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    await fc.assert(
      fc.asyncProperty(text, text, json, at, async (reason, network, after, when) => {
        await insert(
          { query: db.sql },
          'audit_entry',
          rows.audit({ reason, network, after: JSON.stringify(after), at: when }),
        );
        await db.sql('select audit_sequence(1000)');
      }),
      { numRuns: 200 },
    );
    expect(await found()).toEqual({ typescript: null, sql: null });
    expect((await headNow()).seq).toBe(LENGTH + 200);
  });
});
