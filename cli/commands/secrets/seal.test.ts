import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { eventually } from '#cli/testing/eventually.ts';
import { ROOT } from '#cli/root.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { connectAs, insert, rows } from '#db/testing/rows.ts';
import { newId } from '#domain/ids.ts';
import { hostwright } from '#e2e/harness/command.ts';

/** The real command line, as a process. */
const folder = temporaryFolder();
const keys = Object.fromEntries(['old', 'new', 'other'].map((id) => [id, randomBytes(32)]));
const ring = (...ids: string[]) => ids.map((id) => `${id}:${keys[id]!.toString('base64')}`).join(',');
const sealerOf = (...ids: string[]) => createSealer(ids.map((id) => ({ id, key: keys[id]! })));
let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase('sealing');
});
afterEach(() => db.sql('delete from node'));
afterAll(async () => {
  await db.drop();
  folder.remove();
});

const place = (rowId: string) => ({ table: 'node', column: 'credentials', rowId });
async function nodes(count: number, by: string): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  for (const id of ids) {
    const credentials = sealerOf(by).seal(`secret of ${id}`, place(id));
    await insert({ query: db.sql }, 'node', rows.node({ id, credentials }));
  }
  return ids;
}
const environment = (seals: string) => ({
  HOSTWRIGHT_DATA: folder.path,
  DATABASE_OWNER_URL: db.ownerUrl,
  SEAL_KEYS: seals,
});
const seal = (seals: string, ...args: string[]) => hostwright(environment(seals), ['seal', ...args]);
const uses = async (seals = ring('new', 'old')) =>
  (await seal(seals, 'status', '--json')).json<{ uses: unknown }>().uses;

describe('SECR-02 hostwright seal', () => {
  it('says which key seals what, rotates, and says when the old key may go; without it everything opens', async () => {
    const ids = await nodes(3, 'old');
    const before = await seal(ring('new', 'old'), 'status');
    expect(before).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/node +old +3 +older\nNot under key "new" yet: 3\./),
    });
    expect(before.out).not.toContain('may be removed');

    const rotated = await seal(ring('new', 'old'), 'rotate');
    expect(rotated).toMatchObject({ exit: 0, out: expect.stringMatching(/^Sealed anew: 3\.\n/) });
    expect(rotated.out).toContain(
      'Key "old" seals nothing here: once every API and worker runs with "new" first, it may be removed.',
    );

    const alone = await seal(ring('new'), 'status');
    expect(alone).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^table +key +values\nnode +new +3 +current\n$/),
    });
    for (const id of ids) {
      const [row] = await db.sql<{ credentials: Buffer }>('select credentials from node where id = $1', [id]);
      expect(sealerOf('new').open(row!.credentials, place(id))).toBe(`secret of ${id}`);
    }
  });

  it('killed in the middle, goes on where it was', async () => {
    const ids = await nodes(450, 'old');
    // Holds a row of the third transaction, so that it is killed after two.
    const holder = await connectAs(db, 'worker');
    await holder.query('begin');
    await holder.query('update node set slots_taken = 1 where id = $1', [ids[420]]);
    const child = spawn(process.execPath, ['cli/main.ts', 'seal', 'rotate'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, ...environment(ring('new', 'old')) },
      stdio: 'ignore',
    });
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%for no key update%'`;
    await eventually('it waits for the row', async () => (await db.sql(waits)).length > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await holder.query('rollback');
    await holder.end();
    await eventually('its session is gone', async () => (await db.sql(waits)).length === 0);
    expect(await uses()).toEqual([
      { table: 'node', key: 'new', values: 400 },
      { table: 'node', key: 'old', values: 50 },
    ]);
    const rest = await seal(ring('new', 'old'), 'rotate', '--json');
    expect(rest.json()).toMatchObject({ older: 0, removable: ['old'], unopened: [] });
    expect(await uses()).toEqual([{ table: 'node', key: 'new', values: 450 }]);
  }, 30_000);

  it('names a key that is lost, how much it has sealed, and what to do', async () => {
    await nodes(2, 'other');
    await nodes(1, 'old');
    const lost = `Key "other" is missing in SEAL_KEYS and seals 2 of these: add it, or enter those secrets again.`;
    expect(await seal(ring('new', 'old'), 'status')).toMatchObject({ exit: 1, out: expect.stringContaining(lost) });
    const rotated = await seal(ring('new', 'old'), 'rotate');
    expect(rotated).toMatchObject({ exit: 3, out: expect.stringContaining(lost) });
    expect(rotated.out).toContain('Sealed anew: 1.');
    expect(rotated.out).not.toContain('yet:');
    expect(await seal(ring('new', 'other'), 'rotate')).toMatchObject({ exit: 0 });
  });

  it('says which values do not open, and no secret', async () => {
    const [id] = await nodes(1, 'old');
    await db.sql('update node set credentials = $2 where id = $1', [
      id,
      sealerOf('old').seal('hunter2', place(newId())),
    ]);
    const rotated = await seal(ring('new', 'old'), 'rotate');
    expect(rotated).toMatchObject({
      exit: 3,
      err: expect.stringContaining(`✗ node.credentials of ${id} does not open`),
    });
    expect(rotated.out + rotated.err).not.toContain('hunter2');
  });

  it.each<[string, Record<string, string>, number, RegExp]>([
    ['no database', { DATABASE_OWNER_URL: '' }, 2, /DATABASE_OWNER_URL is not set, and npm start made none here/],
    ['no keys for it', { SEAL_KEYS: '' }, 2, /SEAL_KEYS is not set: it belongs to DATABASE_OWNER_URL/],
    ['keys that are none', { SEAL_KEYS: 'hunter2' }, 2, /SEAL_KEYS is `<id>:<base64 of 32 bytes>`/],
    [
      'a database that does not answer',
      { DATABASE_OWNER_URL: 'postgres://a:b@127.0.0.1:1/x' },
      4,
      /x at 127.0.0.1:1 cannot be used/,
    ],
  ])('says what is wrong with %s', async (_, over, exit, says) => {
    const ended = await hostwright({ ...environment(ring('new')), ...over }, ['seal', 'status']);
    expect([ended.exit, ended.err]).toEqual([exit, expect.stringMatching(says)]);
    expect(ended.err).not.toContain('hunter2');
  });
});
