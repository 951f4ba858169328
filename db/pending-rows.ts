import type { Em, Orm } from './orm.ts';

/**
 * Rows that a change brings along and that nothing in its transaction reads: audit entries, commands, order events,
 * tasks, postings. They wait, and are written together, in one statement, as the last thing before the commit.
 */
export interface PendingTable {
  table: string;
  columns: readonly string[];
  /** Unique columns: a row that is there already stays as it is. */
  once?: string;
}

/** Whoever holds rows until they are written: a unit of work on entities, a prepared transaction, a single change. */
export type RowHolder = Em | PendingRows;

/** The rows of one change, each under its columns' own names. */
export class PendingRows {
  readonly #tables = new Map<PendingTable, object[]>();
  readonly #taken = new Map<PendingTable, object[]>();

  add(table: PendingTable, row: object): void {
    const rows = this.#tables.get(table);
    if (rows) rows.push(row);
    else this.#tables.set(table, [row]);
  }

  /** Hands over what waits, and forgets it. */
  take(): Map<PendingTable, object[]> {
    const taken = new Map(this.#tables);
    for (const [table, rows] of taken) this.#taken.set(table, [...(this.#taken.get(table) ?? []), ...rows]);
    this.#tables.clear();
    return taken;
  }

  /** Tells who listens what was added. After the commit: before it, nobody else sees the rows. */
  announce(orm: Orm): void {
    for (const { orm: of, table, listener } of listeners) {
      const rows = this.#taken.get(table);
      if (of === orm && rows) listener(rows);
    }
  }
}

type Listener = (rows: readonly object[]) => void;
const listeners = new Set<{ orm: Orm; table: PendingTable; listener: Listener }>();

/** Calls the listener after each commit of this process, on this `Orm`, that added to the table. @returns what ends it */
export function onAdded(orm: Orm, table: PendingTable, listener: Listener): () => void {
  const entry = { orm, table, listener };
  listeners.add(entry);
  return () => void listeners.delete(entry);
}

const holders = new WeakMap<Em, PendingRows>();

/** From here on the unit of work holds rows; `db/orm.ts` writes them before it commits. */
export function holdRows(em: Em): PendingRows {
  const rows = new PendingRows();
  holders.set(em, rows);
  return rows;
}

export function rowsOf(holder: RowHolder): PendingRows {
  if (holder instanceof PendingRows) return holder;
  const rows = holders.get(holder);
  if (!rows)
    throw new Error('Rows are added inside inTransaction, asCustomer or asStaff: here nobody would write them.');
  return rows;
}

export const addRow = (holder: RowHolder, table: PendingTable, row: object): void => rowsOf(holder).add(table, row);

/** An insert of all rows of one table, out of the parameter `$rows`. */
function insertAll({ table, columns, once }: PendingTable, condition: string): string {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const conflict = once ? ` on conflict (${once}) do nothing` : '';
  return `${table}_rows as (insert into ${table} (${list}) select ${list}
    from jsonb_populate_recordset(null::${table}, $rows::jsonb->'${table}')${condition}${conflict})`;
}

/**
 * The statement that writes rows of these tables, alone or with the change they are about.
 * @param change  `with … changed as (… returning …)`; when it changes nothing, nothing is added
 */
export function textOf(tables: readonly PendingTable[], change?: string): string {
  const inserts = tables.map((table) => insertAll(table, change ? ' where exists (select from changed)' : ''));
  if (!change) return `with ${inserts.join(',\n')} select`;
  return `${[change, ...inserts].join(',\n')} select * from changed`;
}

/** Tables of a holder in the order in which they were first used, by name: one statement for each such set. */
export const nameOf = (tables: readonly PendingTable[]): string => tables.map(({ table }) => table).join('+');

export const rowsAsJson = (rows: Map<PendingTable, object[]>): string =>
  jsonText(Object.fromEntries([...rows].map(([{ table }, all]) => [table, all])));

/** As text that jsonb takes: it holds no NUL and no half of a surrogate pair. Both come only from outside, for people to read. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/\\u(?:0000|d[89a-f])/i.test(text)) return text;
  const clean = (part: string) => part.replaceAll('\0', '').toWellFormed();
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'string') return clean(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [clean(key), inner]));
  });
}
