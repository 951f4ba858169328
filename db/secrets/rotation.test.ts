import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { openOrm, type Orm } from '../orm.ts';
import { createSealer, type Sealer } from './seal.ts';
import { rotateSeals, sealUses, type RotationOptions } from './rotation.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { buy, type Bought } from '../testing/bought.ts';
import { AT, connectAs, insert, rows } from '../testing/rows.ts';

const [k1, k2, lost] = ['k1', 'k2', 'lost'].map((id) => ({ id, key: randomBytes(32) })) as [Key, Key, Key];
type Key = { id: string; key: Buffer };
const [before, after] = [createSealer([k1]), createSealer([k2])];
/** What API and worker have while a key is rotated. */
const running = createSealer([k2, k1]);

let db: TestDatabase;
let owner: Orm;
let bought: Bought;

beforeEach(async () => {
  db = await createTestDatabase('seals');
  owner = await openOrm(db.ownerUrl, 2);
  bought = await buy({ query: db.sql });
  await db.sql('delete from license');
  await db.sql('update node set credentials = $1', [sealed(before, 'node', 'credentials', bought.node_id)]);
});
afterEach(async () => {
  await owner.close(true);
  await db.drop();
});

const sealed = (sealer: Sealer, table: string, column: string, rowId: string, text = `secret of ${rowId}`) =>
  sealer.seal(text, { table, column, rowId });
const node = async (sealer: Sealer) => {
  const id = newId();
  await insert({ query: db.sql }, 'node', rows.node({ id, credentials: sealed(sealer, 'node', 'credentials', id) }));
  return id;
};
const secret = async (sealer: Sealer) => {
  const id = newId();
  await insert({ query: db.sql }, 'service_secret', {
    id,
    customer_id: bought.customer_id,
    service_id: (await buy({ query: db.sql })).service_id,
    purpose: 'initial_password',
    sealed: sealed(sealer, 'service_secret', 'sealed', id),
    created_at: AT,
  });
};
/** One value in every column that is sealed. */
async function everywhere(sealer: Sealer) {
  await node(sealer);
  await secret(sealer);
  const { customer_id, plan_id, service_id, node_id } = await buy({ query: db.sql });
  await db.sql('delete from license where service_id = $1', [service_id]);
  await db.sql('update node set credentials = $2 where id = $1', [
    node_id,
    sealed(sealer, 'node', 'credentials', node_id),
  ]);
  const [license, credential] = [newId(), newId()];
  const key_sealed = sealed(sealer, 'license', 'key_sealed', license);
  await insert(
    { query: db.sql },
    'license',
    rows.license({ id: license, customer_id, plan_id, service_id, node_id, key_sealed }),
  );
  await insert({ query: db.sql }, 'panel_credential', {
    id: credential,
    key_id: `pc_${credential}`,
    secret: sealed(sealer, 'panel_credential', 'secret', credential),
    node_id,
    created_at: AT,
  });
  const user_id = await insert({ query: db.sql }, 'user_account', {
    id: newId(),
    kind: 'customer',
    customer_id,
    email: `${newId()}@example.com`,
    name: 'Ada',
    password_hash: '$argon2id$x',
    created_at: AT,
  });
  await insert({ query: db.sql }, 'second_factor', {
    user_id,
    secret: sealed(sealer, 'second_factor', 'secret', user_id),
    confirmed_at: AT,
    pending_secret: sealed(sealer, 'second_factor', 'pending_secret', user_id),
    pending_until: AT,
  });
  const rowId = `staff/${license}|once`;
  const answer = { sealed: sealed(sealer, 'idempotency', 'response', rowId, '{"key":"hw_1"}').toString('base64') };
  await answered('once', answer, `staff/${license}`);
}
const answered = (key: string, response: unknown, actor = 'staff/1') =>
  insert({ query: db.sql }, 'idempotency', {
    actor,
    key,
    route: 'POST /x',
    request_hash: Buffer.alloc(32),
    status: 1,
    response: JSON.stringify(response),
    created_at: AT,
  });

const rotate = (options: Partial<RotationOptions> = {}) => rotateSeals(owner, { keys: [k2, k1], ...options });
const uses = () => sealUses(owner.em.fork());
const keysInUse = async () => [...new Set((await uses()).map(({ key }) => key))];
/** Opens every sealed value there is, as the product would. @returns how many */
async function openAll(sealer: Sealer): Promise<number> {
  let opened = 0;
  for (const { table, column, rowId, bytes } of SEALED_COLUMNS) {
    const values = await db.sql<{ id: string; sealed: Buffer | null }>(
      `select ${rowId} as id, ${bytes} as sealed from ${table}`,
    );
    for (const { id, sealed } of values) {
      if (!sealed) continue;
      expect(sealer.open(sealed, { table, column, rowId: id })).not.toBe('');
      opened += 1;
    }
  }
  return opened;
}
/** For nodes of `buy`, which say they are sealed and are not. */
const sealNodes = async () => {
  for (const { id } of await db.sql<{ id: string }>(`select id from node where credentials = 'sealed'`)) {
    await db.sql('update node set credentials = $2 where id = $1', [id, sealed(before, 'node', 'credentials', id)]);
  }
  await db.sql(`delete from license where key_sealed = 'sealed'`);
};

describe('SECR-02 what is sealed', () => {
  it('is every column of bytes that is no hash, so that none is forgotten', async () => {
    const columns = await db.sql<{ name: string }>(
      `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.atttypid = 'bytea'::regtype
          and not a.attisdropped order by 1`,
    );
    const hashes = /hash$|^audit_entry\.personal_/;
    const known = SEALED_COLUMNS.filter(({ bytes, column }) => bytes === column).map(
      (one) => `${one.table}.${one.column}`,
    );
    expect(columns.map(({ name }) => name).filter((name) => !hashes.test(name))).toEqual(known.toSorted());
  });

  it('is counted by table and key, without any key at hand', async () => {
    await everywhere(before);
    await node(after);
    await sealNodes();
    await answered('plain', { id: 1 });
    await answered('nothing', null);
    await answered('more', { sealed: 'AAAA', id: 1 });
    await node({ seal: () => Buffer.from('not sealed') } as unknown as Sealer);
    expect(await uses()).toEqual([
      { table: 'idempotency', key: 'k1', values: 1 },
      { table: 'license', key: 'k1', values: 1 },
      { table: 'node', key: 'k1', values: 4 },
      { table: 'node', key: 'k2', values: 1 },
      { table: 'node', key: null, values: 1 },
      { table: 'panel_credential', key: 'k1', values: 1 },
      { table: 'second_factor', key: 'k1', values: 1 },
      { table: 'second_factor', key: 'k1', values: 1 },
      { table: 'service_secret', key: 'k1', values: 1 },
    ]);
  });
});

describe('SECR-02 a key is rotated', () => {
  it('everywhere, and then the old one opens nothing and is needed by nothing', async () => {
    await everywhere(before);
    await everywhere(after);
    await sealNodes();
    const values = await openAll(running);
    const { resealed, unopened, uses: left } = await rotate();
    expect(resealed.map(({ table, values }) => [table, values > 0])).toEqual(
      SEALED_COLUMNS.map(({ table }) => [table, true]),
    );
    expect(unopened).toEqual([]);
    expect(new Set(left.map(({ key }) => key))).toEqual(new Set(['k2']));
    expect(await openAll(after)).toBe(values);
    expect((await rotate()).resealed.every(({ values }) => values === 0)).toBe(true);
  });

  it('with an audit entry in each transaction, which counts and names no secret', async () => {
    for (let n = 0; n < 4; n += 1) await node(before);
    await rotate({ batch: 2, clock: () => new Date(AT) });
    const entries = await db.sql(
      `select actor_type, actor_id, object_type, before, after, at from audit_entry where action = 'seal.rotated' order by id`,
    );
    const role = (await db.sql<{ role: string }>('select current_user as role'))[0]!.role;
    const entry = { actor_type: 'system', actor_id: role, object_type: 'node', at: new Date(AT) };
    expect(entries).toEqual([2, 2, 1].map((values) => ({ ...entry, before: { k1: values }, after: { k2: values } })));
  });

  it('AUD-05 or not at all where the audit cannot be written', async () => {
    await db.sql(`create function fails() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$;
      create trigger fails before insert on audit_entry execute function fails()`);
    await expect(rotate()).rejects.toThrow('disk full');
    expect(await keysInUse()).toEqual(['k1']);
  });

  it('with nothing to do where there is one key', async () => {
    expect((await rotateSeals(owner, { keys: [k1] })).resealed).toEqual([]);
  });

  it('under load: everybody reads and writes meanwhile, nothing is lost and nothing fails', async () => {
    for (let n = 0; n < 60; n += 1) await node(before);
    const nodes = (await db.sql<{ id: string }>('select id from node order by id')).map(({ id }) => id);
    const told = new Map<string, string>();
    const rotation = { runs: true };
    const write = async (turn: number) => {
      const worker = await connectAs(db, 'worker');
      for (let n = 0; rotation.runs || n < 20; n += 1) {
        const id = nodes[(n * 7 + turn) % nodes.length]!;
        if (n % 3 === 0) {
          // As on a node whose slot is taken: another column, in a transaction that reads first.
          await worker.query('begin');
          await worker.query('select 1 from node where id = $1 for update', [id]);
          await worker.query('update node set slots_taken = 1 where id = $1', [id]);
          await worker.query('commit');
        } else if (turn === 0) {
          const text = `changed ${n}`;
          await worker.query('update node set credentials = $2 where id = $1', [
            id,
            sealed(running, 'node', 'credentials', id, text),
          ]);
          told.set(id, text);
        }
      }
      await worker.end();
    };
    const read = async () => {
      const worker = await connectAs(db, 'worker');
      let looks = 0;
      for (; rotation.runs || looks < 20; looks += 1) {
        const id = nodes[looks % nodes.length]!;
        const found = await worker.query<{ credentials: Buffer }>('select credentials from node where id = $1', [id]);
        running.open(found.rows[0]!.credentials, { table: 'node', column: 'credentials', rowId: id });
      }
      await worker.end();
    };
    const others = [write(0), write(1), read()];
    const { unopened } = await rotate({ batch: 5 });
    rotation.runs = false;
    await Promise.all(others);
    expect(unopened).toEqual([]);
    expect(await keysInUse()).toEqual(['k2']);
    expect(await openAll(after)).toBe(nodes.length);
    for (const [id, text] of told) {
      const [row] = await db.sql<{ credentials: Buffer }>('select credentials from node where id = $1', [id]);
      expect(after.open(row!.credentials, { table: 'node', column: 'credentials', rowId: id })).toBe(text);
    }
  }, 30_000);

  it('against somebody who holds its rows the other way round: one gives way, and that is the rotation', async () => {
    const [first, second] = [bought.node_id, await node(before)];
    const other = await connectAs(db, 'owner');
    await other.query(`set deadlock_timeout = '60s'`);
    // Long enough that both wait before either looks.
    await db.sql(`alter database "${db.name}" set deadlock_timeout = '2s'`);
    await other.query('begin');
    await other.query('update node set slots_taken = 1 where id = $1', [second]);
    const rotation = rotate();
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%for no key update%'`;
    while ((await db.sql(waits)).length === 0);
    await other.query('update node set slots_taken = 1 where id = $1', [first]);
    await other.query('commit');
    await other.end();
    expect((await rotation).unopened).toEqual([]);
    expect(await db.sql('select from node where slots_taken = 1')).toHaveLength(2);
    expect(await keysInUse()).toEqual(['k2']);
  }, 30_000);

  it('by two at once: each value once', async () => {
    for (let n = 0; n < 30; n += 1) await node(before);
    const both = await Promise.all([rotate({ batch: 3 }), rotate({ batch: 3 })]);
    const values = both.flatMap(({ resealed }) => resealed).reduce((sum, { values }) => sum + values, 0);
    expect(values).toBe(31);
    expect(await openAll(after)).toBe(31);
  });
});

describe('SECR-02 a key that is lost', () => {
  it('is named with what it has sealed, and everything else is rotated', async () => {
    await node(createSealer([lost]));
    await node(before);
    const { uses: left, resealed } = await rotate();
    expect(left).toEqual([
      { table: 'node', key: 'k2', values: 2 },
      { table: 'node', key: 'lost', values: 1 },
    ]);
    expect(resealed[0]).toEqual({ table: 'node', values: 2 });
  });

  it('is not replaced by another of its name: what does not open stays as it is, and is said', async () => {
    const id = await node(createSealer([{ id: 'k1', key: lost.key }]));
    const [kept] = await db.sql('select credentials from node where id = $1', [id]);
    const { unopened, uses: left } = await rotate({ batch: 1 });
    expect(unopened).toEqual([`node.credentials of ${id} does not open: it was changed, or sealed for another row.`]);
    expect(left).toEqual([
      { table: 'node', key: 'k1', values: 1 },
      { table: 'node', key: 'k2', values: 1 },
    ]);
    expect(await db.sql('select credentials from node where id = $1', [id])).toEqual([kept]);
  });
});
