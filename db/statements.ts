import pg from 'pg';
import type { PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { Em, Orm } from './orm.ts';
import { nameOf, PendingRows, rowsAsJson, textOf, type PendingTable } from './pending-rows.ts';

/**
 * Prepared statements on the connections of an `Orm`: PostgreSQL parses and plans each once per connection. A statement is a
 * constant beside the step that uses it; what people read and edit stays with entities.
 */
export interface Statement<Row extends object = Record<string, never>> {
  readonly name: string;
  readonly text: string;
  /** Names of the parameters, in the order of their numbers. */
  readonly parameters: readonly string[];
  /** Only a type: what its rows are. */
  readonly row?: Row;
}
export type Values = Readonly<Record<string, unknown>>;

/** Who runs statements: a prepared transaction, or a unit of work on entities, for what both need. */
export type Runner = Em | Transaction;

/**
 * @param name  one per text in the whole process, at most 40 characters
 * @param text  with parameters as `$orderId`
 */
export function statement<Row extends object = Record<string, never>>(name: string, text: string): Statement<Row> {
  const parameters: string[] = [];
  const numbered = text.replaceAll(/\$([a-z]\w*)/gi, (_, parameter: string) => {
    if (!parameters.includes(parameter)) parameters.push(parameter);
    return `$${parameters.indexOf(parameter) + 1}`;
  });
  return { name, text: numbered, parameters };
}

/** Runs one statement by itself. */
export const query = <Row extends object>(orm: Orm, of: Statement<Row>, values: Values = {}): Promise<Row[]> =>
  onConnection(orm, (client) => send(client, of, values));

/** The first row of one statement that is run by itself. */
export const queryOne = async <Row extends object>(
  orm: Orm,
  of: Statement<Row>,
  values: Values = {},
): Promise<Row | undefined> => (await query(orm, of, values))[0];

/**
 * One change and the rows it brings along, in one statement: all of it or nothing, in one round trip.
 * @param of  `with changed as (… returning …)`, a `change()`; what it returns is what is returned here
 * @param explain  adds the rows; where nothing is changed they are not written
 */
export async function makeChange<Row extends object>(
  orm: Orm,
  of: Change<Row>,
  values: Values,
  explain: (rows: PendingRows) => void = () => {},
): Promise<Row[]> {
  const pending = new PendingRows();
  explain(pending);
  const rows = pending.take();
  const text = of.along([...rows.keys()]);
  const changed = await onConnection(orm, (client) => send(client, text, { ...values, rows: rowsAsJson(rows) }));
  if (changed.length > 0) pending.announce(orm);
  return changed;
}

/** A change to be made with the rows it brings along. */
export interface Change<Row extends object = Record<string, never>> {
  along(tables: readonly PendingTable[]): Statement<Row>;
}

export function change<Row extends object>(name: string, text: string): Change<Row> {
  const known = new Map<string, Statement<Row>>();
  return {
    along(tables) {
      const tail = nameOf(tables);
      const there = known.get(tail);
      if (there) return there;
      const made = statement<Row>(`${name}.${known.size + 1}`, textOf(tables, text));
      known.set(tail, made);
      return made;
    },
  };
}

/**
 * Several statements, all or none of which take effect. They are sent without waiting for the one before: what is
 * awaited has been answered, everything else is on its way until the commit.
 * @throws the first error of any of them; the transaction is rolled back by then
 */
export async function transaction<T>(orm: Orm, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const [result, written] = await onConnection(orm, async (client) => {
    const tx = new Transaction(client);
    try {
      tx.write(BEGIN);
      const result = await work(tx);
      writePending(tx, tx.take()).catch(() => {});
      tx.write(COMMIT);
      await tx.answered();
      return [result, tx] as const;
    } catch (error) {
      await tx.answered().catch(() => {});
      // A commit that came after a refused statement has rolled back already; doing so again does no harm.
      await send(client, ROLLBACK, {}).catch(() => {});
      throw tx.firstError ?? error;
    }
  });
  written.announce(orm);
  return result;
}

/** Holds rows like any change; they go out before the commit. */
export class Transaction extends PendingRows {
  readonly #client: pg.PoolClient;
  readonly #sent: Promise<unknown>[] = [];
  firstError: Error | undefined;

  constructor(client: pg.PoolClient) {
    super();
    this.#client = client;
  }

  query<Row extends object>(of: Statement<Row>, values: Values = {}): Promise<Row[]> {
    const answer = send(this.#client, of, values);
    // Noted in the order in which they were sent: what follows a refused statement is refused because of it. And noted
    // for all of them, so that one that nobody awaits is no unhandled rejection.
    this.#sent.push(answer.catch((error: Error) => void (this.firstError ??= error)));
    return answer;
  }

  async queryOne<Row extends object>(of: Statement<Row>, values: Values = {}): Promise<Row | undefined> {
    return (await this.query(of, values))[0];
  }

  /** A change with the rows that were added so far, in one statement; where nothing is changed they are not written. */
  change<Row extends object>(of: Change<Row>, values: Values): Promise<Row[]> {
    const rows = this.take();
    return this.query(of.along([...rows.keys()]), { ...values, rows: rowsAsJson(rows) });
  }

  /** Sends it, and goes on; that it was refused shows at the commit, or at whatever is awaited next. */
  write(of: Statement, values: Values = {}): void {
    void this.query(of, values);
  }

  /** @throws the first error of what was sent so far */
  async answered(): Promise<void> {
    await Promise.all(this.#sent.splice(0));
    if (this.firstError) throw this.firstError;
  }
}

/** The same statement in either. A unit of work on entities answers in the driver's own types: have text returned. */
export function run<Row extends object>(on: Runner, of: Statement<Row>, values: Values = {}): Promise<Row[]> {
  if (on instanceof Transaction) return on.query(of, values);
  const inOrder: unknown[] = [];
  const text = of.text.replaceAll(/\$(\d+)/g, (_, number: string) => {
    inOrder.push(values[of.parameters[Number(number) - 1]!] ?? null);
    return '?';
  });
  return on.execute<Row[]>(text, inOrder);
}

/** Writes the rows that wait, in one statement. */
export async function writePending(on: Runner, rows: Map<PendingTable, object[]>): Promise<void> {
  const tables = [...rows.keys()];
  if (tables.length === 0) return;
  const name = nameOf(tables);
  const insert = inserts.get(name) ?? statement(`rows.${inserts.size + 1}`, textOf(tables));
  inserts.set(name, insert);
  await run(on, insert, { rows: rowsAsJson(rows) });
}
const inserts = new Map<string, Statement>();

const BEGIN: Statement = { name: '', text: 'begin', parameters: [] };
const COMMIT: Statement = { name: '', text: 'commit', parameters: [] };
const ROLLBACK: Statement = { name: '', text: 'rollback', parameters: [] };

/** The pool is the one that entities use, so a process has one per role. */
async function onConnection<T>(orm: Orm, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const pool = (await (orm.em.getConnection() as PostgreSqlConnection).getNativeClient()) as pg.Pool;
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

async function send<Row extends object>(client: pg.PoolClient, of: Statement<Row>, values: Values): Promise<Row[]> {
  const inOrder = of.parameters.map((parameter) => {
    if (parameter in values) return values[parameter];
    throw new Error(`The statement ${of.name} has no value for ${parameter}.`);
  });
  const { name, text } = of;
  return (await client.query<Row>({ ...(name && { name }), text, values: inOrder, types: TYPES })).rows;
}

/** Instants are dates, days stay text, and big numbers are numbers: what we count stays far below 2^53. */
const TYPES = {
  getTypeParser: (oid: number, format: 'text' | 'binary' = 'text') =>
    OWN_TYPES[oid] ?? (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
} as unknown as pg.CustomTypesConfig;
const { DATE, INT8 } = pg.types.builtins;
const OWN_TYPES: Record<number, (text: string) => unknown> = { [DATE]: String, [INT8]: Number };
