import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { audit } from '#db/audit/entry.ts';
import { verifyChain } from '#db/audit/chain.ts';
import { createHeadSigner, readHeadKeys, readHeads } from '#db/audit/heads.ts';
import { inTransaction, type Orm } from '#db/orm.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { connectAs } from '#db/testing/rows.ts';
import { headExportOf, startHeadExport } from './audit-heads.ts';
import { createLog } from './log.ts';
import type { Loop } from './loop.ts';

const signer = createHeadSigner({ id: 'k1', key: randomBytes(32) });
const DAY_MS = 86_400_000;
let db: TestDatabase;
let orm: Orm;
let folder: ReturnType<typeof temporaryFolder>;
let exporter: Loop | undefined;
let logged: Record<string, unknown>[];
const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) });

beforeAll(async () => {
  db = await createTestDatabase('heads');
  orm = await db.orm('worker', 2);
});
beforeEach(() => {
  folder = temporaryFolder();
  logged = [];
});
afterEach(async () => {
  await exporter?.stop();
  folder.remove();
});
afterAll(() => db.drop());

/** Starts it with waits that end when the test says so. */
function start(file = folder.file('far/away/heads.jsonl')) {
  const waits: { ms: number; over: () => void }[] = [];
  let noticed = () => {};
  let now = new Date('2027-01-31T10:00:00Z');
  exporter = startHeadExport(
    orm,
    log,
    { file, signer },
    {
      clock: () => now,
      wait: (ms, signal) =>
        new Promise<void>((resolve) => {
          now = new Date(now.getTime() + ms);
          waits.push({ ms, over: resolve });
          signal.addEventListener('abort', () => resolve());
          noticed();
        }),
    },
  );
  return {
    file,
    /** Until it waits for the nth time. @returns how long it means to */
    async waiting(nth: number) {
      while (waits.length < nth) await new Promise<void>((resolve) => void (noticed = resolve));
      return waits[nth - 1]!.ms;
    },
    /** Ends the latest wait. */
    later: () => waits.at(-1)!.over(),
  };
}
const headsIn = (file: string) => readHeads(readFileSync(file, 'utf8'), readHeadKeys([signer.publicKey]));
async function happens(times: number) {
  await inTransaction(orm, async (em) => {
    for (let n = 0; n < times; n += 1) {
      audit(em, { at: new Date(), actor: { type: 'system' }, action: 'x', object: { type: 'x' } });
    }
  });
  await db.sql('select audit_sequence(1000)');
}

describe('AUD-03 the head of the chain is kept outside the database', () => {
  it('at each start and at least daily, signed, in a file that only grows', async () => {
    const first = start();
    expect(await first.waiting(1)).toBeLessThanOrEqual(DAY_MS);
    await happens(3);
    first.later();
    await first.waiting(2);
    const before = readFileSync(first.file, 'utf8');
    await exporter!.stop();

    await happens(2);
    await start(first.file).waiting(1);
    expect(readFileSync(first.file, 'utf8').startsWith(before)).toBe(true);
    const { heads, problems } = headsIn(first.file);
    expect(problems).toEqual([]);
    expect(heads.map(({ seq }) => seq)).toEqual([0, 3, 5]);
    expect(heads[1]!.at > heads[0]!.at).toBe(true);
    const reader = await connectAs(db, 'readonly');
    expect((await verifyChain(reader, heads)).problem).toBeNull();
    await reader.end();
    expect(statSync(first.file).mode & 0o007).toBe(0);
  });

  it('says so when it cannot, and tries again before long', async () => {
    mkdirSync(folder.file('heads.jsonl'));
    const blocked = start(folder.file('heads.jsonl'));
    expect(await blocked.waiting(1)).toBe(60_000);
    expect(logged.at(-1)).toMatchObject({ level: 50, msg: expect.stringContaining('could not be kept') });
    rmSync(blocked.file, { recursive: true });
    blocked.later();
    await blocked.waiting(2);
    expect(headsIn(blocked.file).heads).toHaveLength(1);
  });
});

describe('AUD-03 where heads go', () => {
  const key = { id: 'k1', key: randomBytes(32) };
  const both = { AUDIT_HEADS_FILE: '/audit/heads.jsonl', AUDIT_HEAD_KEY: key };
  const none = { AUDIT_HEADS_FILE: undefined, AUDIT_HEAD_KEY: undefined };

  it('is the file that is set, with the key that is', () => {
    const found = headExportOf({ NODE_ENV: 'production', ...both }, log);
    expect(found).toMatchObject({ file: '/audit/heads.jsonl', signer: { publicKey: createHeadSigner(key).publicKey } });
    expect(logged).toEqual([]);
  });

  it('is nowhere without them, which production is warned of', () => {
    expect(headExportOf({ NODE_ENV: 'development', ...none }, log)).toBeUndefined();
    expect(logged).toEqual([]);
    expect(headExportOf({ NODE_ENV: 'production', ...none }, log)).toBeUndefined();
    expect(logged).toEqual([
      expect.objectContaining({
        level: 40,
        msg: expect.stringContaining('set AUDIT_HEADS_FILE and AUDIT_HEAD_KEY'),
      }),
    ]);
  });

  it.each(['AUDIT_HEADS_FILE', 'AUDIT_HEAD_KEY'] as const)('is not half said: %s alone ends the start', (missing) => {
    const config = { NODE_ENV: 'development' as const, ...both, [missing]: undefined };
    expect(() => headExportOf(config, log)).toThrow(`${missing} is not: set both`);
  });
});
