import { audit, roleAsActor } from '../audit/entry.ts';
import { inTransaction, type Em, type Orm } from '../orm.ts';
import { createSealer, type SealKey, type Sealer } from './seal.ts';
import { keyIdOf, SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts';

/** So many values of a table are sealed with a key; `key` is null for what is not sealed text at all. */
export interface SealUse {
  table: string;
  key: string | null;
  values: number;
}

export interface RotationReport {
  /** Values sealed anew, per table. */
  resealed: { table: string; values: number }[];
  /** Values that have their key and do not open: changed, or sealed for another row. In words, without a secret. */
  unopened: string[];
  /** Which keys seal what afterwards. */
  uses: SealUse[];
}

export interface RotationOptions {
  /** As in SEAL_KEYS: the current one first. */
  keys: readonly SealKey[];
  clock?: () => Date;
  /** Values of one transaction. */
  batch?: number;
  /** Hears of each transaction that was committed. */
  onBatch?: (done: { table: string; values: number }) => void;
}

/** Which keys seal how many values of which table, sorted. Takes no lock. */
export async function sealUses(em: Em): Promise<SealUse[]> {
  const counted = SEALED_COLUMNS.map(
    ({ table, bytes }) =>
      `select '${table}' as "table", ${keyIdOf('sealed')} as key, count(*)::int as values
         from (select ${bytes} as sealed from ${table}) t where sealed is not null group by 2`,
  );
  return em.execute<SealUse[]>(`${counted.join(' union all ')} order by 1, 2`);
}

/**
 * Seals everything anew that an older key has sealed, while everybody goes on working: rows are held for a moment, a
 * few at a time, and each transaction writes an audit entry of its own. When it is killed, what was committed is done;
 * run again, it finds the rest. What somebody writes meanwhile is sealed by whoever writes it.
 * @param orm  as the owner of the tables: no other role reaches every sealed column
 */
export async function rotateSeals(
  orm: Orm,
  { keys, clock = () => new Date(), batch = 200, onBatch = () => {} }: RotationOptions,
): Promise<RotationReport> {
  const work = { sealer: createSealer(keys), current: keys[0]!.id, older: keys.slice(1).map(({ id }) => id), batch };
  const report: RotationReport = { resealed: [], unopened: [], uses: [] };
  for (const column of work.older.length > 0 ? SEALED_COLUMNS : []) {
    const done = { table: column.table, values: 0 };
    let after: Row | undefined;
    do {
      const from = after;
      const { last, values, unopened } = await untilNotDeadlocked(() =>
        inTransaction(orm, (em) => resealBatch(em, column, { ...work, after: from, at: clock() })),
      );
      after = last;
      done.values += values;
      report.unopened.push(...unopened);
      if (values > 0) onBatch({ ...done });
    } while (after);
    report.resealed.push(done);
  }
  report.uses = await sealUses(orm.em.fork());
  return report;
}

type Row = Record<string, unknown> & { rowId: string; sealed: Buffer; sealedBy: string };

interface Work {
  sealer: Sealer;
  current: string;
  older: string[];
  batch: number;
  /** The last row of the batch before. */
  after: Row | undefined;
  at: Date;
}

async function resealBatch(em: Em, column: SealedColumn, { sealer, current, older, batch, after, at }: Work) {
  const { table, key, rowId, bytes, written } = column;
  const by = keyIdOf(`(${bytes})`);
  // In the order of the primary key, so that each row is looked at once. Foreign keys to these rows do not wait.
  const rows = await em.execute<Row[]>(
    `select ${key.join(', ')}, ${rowId} as "rowId", ${bytes} as sealed, ${by} as "sealedBy" from ${table}
      where ${by} in (${older.map(() => '?').join(', ')})
        ${after ? `and (${key.join(', ')}) > (${key.map(() => '?').join(', ')})` : ''}
      order by ${key.join(', ')} limit ${batch} for no key update`,
    [...older, ...key.map((name) => after?.[name]).filter((value) => value !== undefined)],
  );
  const unopened: string[] = [];
  const from: Record<string, number> = {};
  for (const row of rows) {
    const place = { table, column: column.column, rowId: row.rowId };
    let text: string;
    try {
      text = sealer.open(row.sealed, place);
    } catch (error) {
      unopened.push((error as Error).message);
      continue;
    }
    await em.execute(
      `update ${table} set ${column.column} = ${written} where ${key.map((name) => `${name} = ?`).join(' and ')}`,
      [sealer.seal(text, place), ...key.map((name) => row[name])],
    );
    from[row.sealedBy] = (from[row.sealedBy] ?? 0) + 1;
  }
  const values = rows.length - unopened.length;
  if (values > 0) await explain(em, { table, from, to: current, values, at });
  return { last: rows.at(-1), values, unopened };
}

/** Counts by key id; no row by name, as nothing about any row has changed. */
async function explain(
  em: Em,
  {
    table,
    from,
    to,
    values,
    at,
  }: { table: string; from: Record<string, number>; to: string; values: number; at: Date },
): Promise<void> {
  audit(em, {
    at,
    actor: await roleAsActor(em),
    action: 'seal.rotated',
    object: { type: table },
    before: from,
    after: { [to]: values },
  });
}

/** Somebody who holds two of our rows in another order may be chosen to win; the same rows are simply tried again. */
async function untilNotDeadlocked<T>(work: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code !== '40P01' || tries <= 1) throw error;
    return untilNotDeadlocked(work, tries - 1);
  }
}
