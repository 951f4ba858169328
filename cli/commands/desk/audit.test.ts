import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { chainHead } from '#db/audit/chain.ts';
import { createHeadSigner } from '#db/audit/heads.ts';
import type { Orm } from '#db/orm.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { insertCustomer } from '#db/testing/first-catalog.ts';
import { connectAs, insert, rows } from '#db/testing/rows.ts';
import { newId } from '#domain/ids.ts';
import { hostwright } from '#e2e/harness/command.ts';

/** The real command line, as a process. Nothing else runs: with heads it reads the database itself. */
const folder = temporaryFolder();
const seed = randomBytes(32);
const signer = createHeadSigner({ id: 'k1', key: seed });
const heads = folder.file('heads.jsonl');
const customer = newId();
let db: TestDatabase;
let reader: Orm;
/** Above every rule: no trigger and no foreign key stops it. */
let intruder: pg.Client;
let env: Record<string, string>;

const happens = (action: string) =>
  insert({ query: db.sql }, 'audit_entry', rows.audit({ action, customer_id: customer, reason: 'Lovelace asked' }));
const sequence = () => db.sql('select audit_sequence(1000)');
const keepHead = async (day: number) => {
  const head = signer.sign(await chainHead(reader.em.fork()), new Date(Date.UTC(2027, 0, day)));
  writeFileSync(heads, `${JSON.stringify(head)}\n`, { flag: 'a' });
};

beforeAll(async () => {
  db = await createTestDatabase('verify');
  reader = await db.orm('readonly', 1);
  env = {
    HOSTWRIGHT_DATA: folder.path,
    DATABASE_READONLY_URL: db.url('readonly'),
    DATABASE_OWNER_URL: db.ownerUrl,
    AUDIT_HEAD_KEY: `k1:${seed.toString('base64')}`,
  };
  for (const day of [1, 2, 3]) {
    for (const step of [1, 2, 3, 4]) await happens(`day.${day}.${step}`);
    await sequence();
    await keepHead(day);
  }
  intruder = await connectAs(db, 'owner');
  await intruder.query(
    'set session_replication_role = replica; create table kept_entry as table audit_entry; create table kept_chain as table audit_chain',
  );
}, 30_000);
afterEach(async () => {
  await intruder.query(`truncate audit_waiting, audit_chain, audit_entry;
    insert into audit_entry table kept_entry; insert into audit_chain table kept_chain`);
});
afterAll(async () => {
  await intruder?.end();
  await db?.drop();
  folder.remove();
});

const verify = (...args: string[]) => hostwright(env, ['audit', 'verify', '--heads', heads, ...args]);
const cut = `delete from audit_entry e using audit_chain c where c.entry_id = e.id and c.seq > 9; delete from audit_chain where seq > 9`;
/** Hashes everything again from a number on, as somebody would who may write to the database. */
const recompute = `do $$ declare link record; last bytea := sha256('hostwright audit'); n bigint := 0; begin
  create temp table anew as select row_number() over (order by c.seq) as seq, c.entry_id from audit_chain c join audit_entry e on e.id = c.entry_id;
  truncate audit_chain;
  for link in select a.seq, a.entry_id, e from anew a join audit_entry e on e.id = a.entry_id order by a.seq loop
    last := sha256(last || audit_canonical(link.e));
    insert into audit_chain values (link.seq, link.entry_id, last);
  end loop; drop table anew; end $$`;

describe('AUD-03 hostwright audit verify --heads', () => {
  it('says that the chain is whole, and up to where it was kept', async () => {
    const { exit, out } = await verify();
    expect([exit, out]).toEqual([
      0,
      'The audit is intact: 12 entries are chained, 0 wait for the next round.\nSigned heads: 3, all in it, the last of 2027-01-03T00:00:00.000Z at entry 12.\n',
    ]);
  });

  it.each<[string, string, number, string]>([
    [
      'edited',
      `update audit_entry set action = 'x' where action = 'day.2.1'`,
      5,
      'the entry or one before it was changed',
    ],
    [
      'edited and hashed anew',
      `update audit_entry set action = 'x' where action = 'day.2.1'; ${recompute}`,
      8,
      'the chain is not the one whose head was kept on 2027-01-02T00:00:00.000Z',
    ],
    ['deleted', `delete from audit_entry where action = 'day.2.1'`, 5, 'the entry is gone'],
    [
      'deleted and hashed anew',
      `delete from audit_entry where action = 'day.2.1'; ${recompute}`,
      8,
      'the chain is not the one whose head was kept on 2027-01-02T00:00:00.000Z',
    ],
    [
      'inserted',
      `insert into audit_entry (id, at, actor_type, action, object_type) values ('${customer}', now(), 'system', 'x', 'x');
       update audit_chain set entry_id = '${customer}' where seq = 5`,
      5,
      'the entry or one before it was changed',
    ],
    [
      'put in another place and hashed anew',
      `update audit_chain set entry_id = gen_random_uuid() where seq in (6, 7);
       update audit_chain c set entry_id = k.entry_id from kept_chain k where k.seq = 13 - c.seq and c.seq in (6, 7); ${recompute}`,
      8,
      'the chain is not the one whose head was kept on 2027-01-02T00:00:00.000Z',
    ],
    [
      'cut off at the end',
      cut,
      10,
      'the chain ends at 9, but was 12 long when its head was kept on 2027-01-03T00:00:00.000Z',
    ],
    [
      'an old copy',
      `${cut}; insert into audit_entry select gen_random_uuid(), now(), 'system', null, null, 'after', 'x' from generate_series(1, 5);
       insert into audit_chain select 9 + row_number() over (), id, '\\x00'::bytea || substring(sha256('x') from 2) from audit_entry where action = 'after'; ${recompute}`,
      12,
      'the chain is not the one whose head was kept on 2027-01-03T00:00:00.000Z',
    ],
  ])('finds entries %s, and says where first', async (_, tampering, seq, problem) => {
    await intruder.query(tampering);
    const { exit, json } = await verify('--json');
    expect(json()).toMatchObject({ intact: false, problems: [{ seq, problem }], heads: { good: 3, problems: [] } });
    expect(exit).toBe(1);
  });

  it('believes no head that another key has signed', async () => {
    const other = createHeadSigner({ id: 'k1', key: randomBytes(32) });
    const { exit, out, err } = await verify('--key', other.publicKey);
    expect([exit, out]).toEqual([
      1,
      expect.stringContaining('line 1 of the heads has a signature that key "k1" did not make'),
    ]);
    expect(err).toContain('Keep the database as it is');
  });

  it('needs no secret where the public key is given, and prints it where the secret is', async () => {
    const { AUDIT_HEAD_KEY: _, ...public_ } = env;
    expect(await hostwright(env, ['audit', 'key'])).toMatchObject({ exit: 0, out: `${signer.publicKey}\n` });
    const told = await hostwright(public_, ['audit', 'verify', '--heads', heads, '--key', signer.publicKey]);
    expect(told.exit).toBe(0);
  });

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['a file that is not there', ['--heads', folder.file('none')], {}, 2, /heads cannot be read/],
    ['keys without heads', ['--key', signer.publicKey], {}, 2, /--key belongs to --heads/],
    ['what is no public key', ['--heads', heads, '--key', 'x'], {}, 2, /"x" is not a public key/],
    ['no database to read', ['--heads', heads], { DATABASE_READONLY_URL: '' }, 2, /DATABASE_READONLY_URL is not set/],
    [
      'a database that does not answer',
      ['--heads', heads],
      { DATABASE_READONLY_URL: 'postgres://a:b@127.0.0.1:1/x' },
      4,
      /x at 127.0.0.1:1 cannot be used/,
    ],
    ['no key', ['--heads', heads], { AUDIT_HEAD_KEY: '' }, 2, /AUDIT_HEAD_KEY is not set/],
    ['a key that is none', ['--heads', heads], { AUDIT_HEAD_KEY: 'secret' }, 2, /AUDIT_HEAD_KEY is `<id>/],
  ])('says what is wrong with %s', async (_, args, over, exit, says) => {
    const ended = await hostwright({ ...env, ...over }, ['audit', 'verify', ...args]);
    expect([ended.exit, ended.err]).toEqual([exit, expect.stringMatching(says)]);
    expect(ended.err).not.toMatch(/"secret"|    at /);
  });
});

describe('AUD-04 hostwright audit erase', () => {
  const erase = (...args: string[]) =>
    hostwright(env, ['audit', 'erase', customer, '--reason', 'asked on paper', ...args]);

  it('erases what is personal, and the audit is intact against heads kept before', async () => {
    expect(await erase('--yes')).toMatchObject({ exit: 0, out: 'Entries whose personal fields were erased: 12.\n' });
    await sequence();
    expect((await verify('--json')).json()).toMatchObject({ intact: true, entries: 13, heads: { good: 3 } });
    expect(await db.sql(`select from audit_entry where reason like '%Lovelace%'`)).toEqual([]);
  });

  it('takes the number of a customer as well, and says when nobody has it', async () => {
    const id = await insertCustomer(db, 'ada@example.com');
    const [row] = await db.sql<{ number: string }>('select number from customer where id = $1', [id]);
    const eraseNumber = (number: string) =>
      hostwright(env, ['audit', 'erase', number, '--reason', 'asked on paper', '--yes']);
    expect(await eraseNumber(`#${row!.number}`)).toMatchObject({ exit: 0 });
    expect(await db.sql(`select object_id from audit_entry where action = 'audit.erased'`)).toEqual([
      { object_id: id },
    ]);
    expect(await eraseNumber('4711')).toMatchObject({ exit: 1, err: expect.stringContaining('the number 4711') });
    expect(await eraseNumber('ada')).toMatchObject({ exit: 2, err: expect.stringContaining('neither the number') });
  });

  it('does not do so unasked', async () => {
    expect(await erase()).toMatchObject({ exit: 2, err: expect.stringContaining('Erasing cannot be undone') });
    expect(await db.sql(`select from audit_entry where reason like '%Lovelace%'`)).toHaveLength(12);
  });
});
