import type { Command } from 'commander';
import { DATA } from '#cli/root.ts';
import type { SealUse } from '#db/secrets/rotation.ts';
import type { SealKey } from '#db/secrets/seal.ts';
import { databaseOf, readSetting, withDatabase, type DatabaseAccess } from '../database.ts';
import { EXIT } from '../failure.ts';
import { table } from '../output.ts';
import { runs } from '../run.ts';

/** `hostwright seal`: which keys seal what, and a new one for everything. Signs in as the owner of the tables. */
export function sealCommand(program: Command): void {
  const seal = program.command('seal').description('the keys that seal secrets in the database (SEAL_KEYS)');
  runs(
    seal.command('status').description('which key seals how many values of which table, and which may be removed'),
    async ({ output }) => {
      const access = databaseOf('DATABASE_OWNER_URL', process.env, DATA);
      const keys = keysOf(access);
      const { sealUses } = await import('#db/secrets/rotation.ts');
      const verdict = judge(keys, await withDatabase(access, (_orm, em) => sealUses(em)));
      output.result(verdict, describe(verdict));
      return verdict.missing.length > 0 || verdict.unreadable > 0 ? EXIT.failed : EXIT.done;
    },
  );
  runs(
    seal
      .command('rotate')
      .description(
        'seal everything anew with the first key of SEAL_KEYS, while everything runs; safe to stop and repeat',
      ),
    async ({ output }) => {
      const access = databaseOf('DATABASE_OWNER_URL', process.env, DATA);
      const keys = keysOf(access);
      output.say(`Sealing with key "${keys[0]!.id}" in ${access.where}.`);
      const { rotateSeals } = await import('#db/secrets/rotation.ts');
      const { resealed, unopened, uses } = await withDatabase(access, (orm) =>
        rotateSeals(orm, { keys, onBatch: ({ table, values }) => output.say(`  ${table}: ${values}`) }),
      );
      const verdict = judge(keys, uses);
      const total = resealed.reduce((sum, { values }) => sum + values, 0);
      output.result({ ...verdict, resealed, unopened }, [`Sealed anew: ${total}.`, ...describe(verdict)]);
      for (const line of unopened.slice(0, MOST_SHOWN)) output.say(`  ✗ ${line}`);
      if (unopened.length > MOST_SHOWN) output.say(`  and ${unopened.length - MOST_SHOWN} more; --json has all`);
      const { older, missing, unreadable } = verdict;
      return older > 0 || missing.length > 0 || unreadable > 0 ? EXIT.partly : EXIT.done;
    },
  );
}

const MOST_SHOWN = 20;

/** @throws Failure saying what is wrong with SEAL_KEYS, never its value */
const keysOf = (access: DatabaseAccess): readonly SealKey[] => readSetting('SEAL_KEYS', access.setting('SEAL_KEYS'));

interface Verdict {
  current: string;
  uses: SealUse[];
  /** Values that another key of SEAL_KEYS than the current one has sealed. */
  older: number;
  /** Keys of SEAL_KEYS that seal nothing any more. */
  removable: string[];
  /** Keys that seal something and are not in SEAL_KEYS. */
  missing: { key: string; values: number }[];
  /** Values that are not sealed text at all. */
  unreadable: number;
}

function judge(keys: readonly SealKey[], uses: SealUse[]): Verdict {
  const [current] = keys.map(({ id }) => id) as [string];
  const count = (which: (key: string | null) => boolean) =>
    uses.reduce((sum, { key, values }) => sum + (which(key) ? values : 0), 0);
  const used = [...new Set(uses.flatMap(({ key }) => key ?? []))];
  return {
    current,
    uses,
    older: count((key) => key !== current && keys.some(({ id }) => id === key)),
    removable: keys.map(({ id }) => id).filter((id) => id !== current && !used.includes(id)),
    missing: used
      .filter((id) => keys.every((key) => key.id !== id))
      .map((id) => ({ key: id, values: count((key) => key === id) })),
    unreadable: count((key) => key === null),
  };
}

function describe({ current, uses, older, removable, missing, unreadable }: Verdict): string[] {
  const state = (key: string | null) =>
    key === null
      ? 'not sealed text'
      : key === current
        ? 'current'
        : missing.some((lost) => lost.key === key)
          ? 'MISSING in SEAL_KEYS'
          : 'older';
  const rows = uses.map(({ table, key, values }) => [table, key ?? '-', String(values), state(key)]);
  return [
    ...(rows.length > 0 ? table(['table', 'key', 'values', ''], rows) : ['Nothing is sealed yet.']),
    ...missing.map(
      ({ key, values }) =>
        `Key "${key}" is missing in SEAL_KEYS and seals ${values} of these: add it, or enter those secrets again. Nothing else opens them.`,
    ),
    ...(unreadable > 0 ? [`Not sealed text: ${unreadable}. Restore them from a back-up.`] : []),
    ...(older > 0 ? [`Not under key "${current}" yet: ${older}. hostwright seal rotate seals them anew.`] : []),
    ...removable.map(
      (id) =>
        `Key "${id}" seals nothing here: once every API and worker runs with "${current}" first, it may be removed.`,
    ),
  ];
}
