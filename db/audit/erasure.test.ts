import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newId } from '#domain/ids.ts';
import { audit } from './entry.ts';
import { verifyChain } from './chain.ts';
import { eraseFromAudit } from './erasure.ts';
import { openMigrator } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { inTransaction, openOrm, type Orm } from '../orm.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { AT, connectAs, insert, rows } from '../testing/rows.ts';

let db: TestDatabase;
let owner: Orm;
let worker: Orm;
let verifier: pg.Client;
const [ada, bob] = [newId(), newId()];
const at = new Date(AT);

beforeEach(async () => {
  db = await createTestDatabase('audit_erasure');
  owner = await openOrm(db.ownerUrl, 1);
  worker = await db.orm('worker', 1);
  verifier = await connectAs(db, 'readonly');
});
afterEach(async () => {
  await verifier.end();
  await owner.close(true);
  await db.drop();
});

/** Says something of everybody, personal and not. */
const happens = (customerId: string, canary: string) =>
  inTransaction(worker, async (em) => {
    audit(em, {
      at,
      actor: { type: 'customer', id: newId() },
      action: 'profile.changed',
      object: { type: 'customer', id: customerId },
      customerId,
      reason: `${canary} asked`,
      before: { name: canary },
      after: { name: `${canary}-now` },
      network: '203.0.113.7',
    });
  });
/** What both verifications say: the first break, or that there is none. */
async function broken() {
  const { problem } = await verifyChain(verifier);
  const inSql = await db.sql<{ seq: string; problem: string }>('select * from audit_verify()');
  expect(inSql).toEqual(problem ? [{ seq: String(problem.seq), problem: problem.says }] : []);
  return problem;
}
const everything = async () => JSON.stringify(await db.sql('select * from audit_entry'));
const erase = (customerId = ada) => eraseFromAudit(owner, { customerId, reason: 'asked on paper', at });

describe('AUD-04 personal fields of the audit', () => {
  it('go when they are erased, the chain holds, and an entry says so', async () => {
    await happens(ada, 'Lovelace');
    await happens(bob, 'Babbage');
    await happens(ada, 'Lovelace');
    expect(await erase()).toEqual({ entries: 2, kept: 0 });
    await db.sql('select audit_sequence(10)');

    expect(await everything()).not.toContain('Lovelace');
    expect(await everything()).toContain('Babbage');
    expect(await broken()).toBeNull();
    const [first, , , erasure] = await db.sql(
      `select e.*, c.seq from audit_entry e join audit_chain c on c.entry_id = e.id order by c.seq`,
    );
    expect(first).toMatchObject({ action: 'profile.changed', customer_id: ada, network: null, personal_key: null });
    expect(first!['erased_by']).toBe(erasure!['id']);
    expect(erasure).toMatchObject({ seq: '4', action: 'audit.erased', object_id: ada, reason: 'asked on paper' });
  });

  it('may be erased again when more has happened, and go on being verified meanwhile', async () => {
    await happens(ada, 'Lovelace');
    expect(await erase()).toEqual({ entries: 1, kept: 0 });
    // The entry that says so is not numbered yet.
    expect(await broken()).toBeNull();
    await happens(ada, 'Lovelace');
    expect(await erase()).toEqual({ entries: 1, kept: 0 });
    expect(await erase()).toEqual({ entries: 0, kept: 0 });
    expect(await broken()).toBeNull();
    expect(await everything()).not.toContain('Lovelace');
  });

  it('cannot be guessed from what stays: the same words have another digest each time', async () => {
    await happens(ada, 'Lovelace');
    await happens(ada, 'Lovelace');
    const digests = await db.sql<{ hex: string }>(`select encode(personal_digest, 'hex') as hex from audit_entry`);
    expect(new Set(digests.map(({ hex }) => hex)).size).toBe(2);
    const keys = await db.sql<{ n: number }>('select count(distinct personal_key)::int as n from audit_entry');
    expect(keys[0]!.n).toBe(2);
  });

  it('get a key of their own whatever the writer says', async () => {
    await insert(
      { query: db.sql },
      'audit_entry',
      rows.audit({
        reason: 'x',
        personal_key: Buffer.alloc(32),
        personal_digest: Buffer.alloc(32),
        erased_by: newId(),
      }),
    );
    const [entry] = await db.sql('select personal_key, erased_by from audit_entry');
    expect(entry!['erased_by']).toBeNull();
    expect(entry!['personal_key']).not.toEqual(Buffer.alloc(32));
  });
});

describe('AUD-04 nobody erases unseen', () => {
  const refused = { code: '42501' };

  it.each([
    ['one field of them', `reason = null`],
    ['them without saying who did', `reason = null, before = null, after = null, network = null, personal_key = null`],
    [
      'them and what happened too',
      `reason = null, before = null, after = null, network = null, personal_key = null, erased_by = id, action = 'x'`,
    ],
  ])('the owner cannot erase %s', async (_, change) => {
    await happens(ada, 'Lovelace');
    await expect(db.sql(`update audit_entry set ${change}`)).rejects.toMatchObject(refused);
  });

  it('what is erased is never written again', async () => {
    await happens(ada, 'Lovelace');
    await erase();
    await expect(db.sql(`update audit_entry set reason = 'x' where erased_by is not null`)).rejects.toMatchObject(
      refused,
    );
  });

  const erased = `reason = null, before = null, after = null, network = null, personal_key = null`;
  const unexplained = 'its personal fields are gone, and no entry says that they were erased';
  it.each([
    ['fields taken away with their key', `${erased}`, 'the personal fields of the entry were changed'],
    [
      'an erasure that an older entry is to explain',
      `${erased}, erased_by = (select entry_id from audit_chain where seq = 1)`,
      unexplained,
    ],
    [
      'an erasure of one customer explained by that of another',
      `${erased}, erased_by = (select id from audit_entry where action = 'audit.erased')`,
      unexplained,
    ],
    [
      'other words put where they were erased',
      `erased_by = (select id from audit_entry where action = 'audit.erased')`,
      'the entry has personal fields that are none of its own',
    ],
  ])('finds %s', async (_, change, says) => {
    await happens(bob, 'Babbage');
    await happens(bob, 'Babbage');
    await happens(ada, 'Lovelace');
    await erase();
    const intruder = await connectAs(db, 'owner');
    await intruder.query(
      `set session_replication_role = replica; alter table audit_entry drop constraint audit_entry_erased_once;
       update audit_entry set ${change} where id = (select entry_id from audit_chain where seq = 2)`,
    );
    await intruder.end();
    expect(await broken()).toEqual({ seq: 2, says });
  });

  it('finds an erasure that is older than what it erased', async () => {
    await happens(ada, 'Lovelace');
    await erase();
    await happens(ada, 'Lovelace');
    await db.sql('select audit_sequence(10)');
    const intruder = await connectAs(db, 'owner');
    await intruder.query(
      `set session_replication_role = replica;
       update audit_entry set ${erased}, erased_by = (select id from audit_entry where action = 'audit.erased') where erased_by is null and customer_id is not null`,
    );
    await intruder.end();
    expect(await broken()).toEqual({ seq: 3, says: unexplained });
  });
});

describe('AUD-04 entries of the version before', () => {
  let name: string;
  let old: pg.Client;
  let url: string;
  beforeAll(() => {
    name = `audit_before_${process.pid}`;
  });
  beforeEach(async () => {
    await db.sql(`create database ${name} template template0`);
    url = Object.assign(new URL(db.ownerUrl), { pathname: `/${name}` }).href;
    old = new pg.Client({ connectionString: url });
    await old.connect();
  });
  afterEach(() => old.end());
  afterAll(async () => {
    const last = await createTestDatabase('audit_cleanup');
    await last.sql(`drop database if exists ${name} with (force)`);
    await last.drop();
  });

  it('stay verifiable as they are, numbered or not yet, and are not erased', async () => {
    const migrateTo = async (list: typeof migrations) => {
      const migrator = await openMigrator(url, list);
      await migrator.migrator.up();
      await migrator.close(true);
    };
    await migrateTo(migrations.slice(0, 6));
    const said = () =>
      insert(old, 'audit_entry', rows.audit({ customer_id: ada, reason: 'before', after: '{"a": null}' }));
    await said();
    await old.query('select audit_sequence(10)');
    await said();
    await migrateTo(migrations);
    await said();
    const reopened = await openOrm(url, 1);
    expect(await eraseFromAudit(reopened, { customerId: ada, reason: 'asked', at })).toEqual({ entries: 1, kept: 2 });
    await old.query('select audit_sequence(10)');
    await reopened.close(true);
    expect(await verifyChain(old)).toMatchObject({ head: { seq: 4 }, problem: null });
    expect((await old.query('select * from audit_verify()')).rows).toEqual([]);
    await old.query(
      `set session_replication_role = replica; update audit_entry set reason = null where id = (select entry_id from audit_chain where seq = 2)`,
    );
    expect((await verifyChain(old)).problem).toEqual({ seq: 2, says: 'the entry or one before it was changed' });
  });
});
