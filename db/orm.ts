import { LockMode, MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';
import { releaseLostConnections } from './lost-connections.ts';
import { holdRows, rowsOf } from './pending-rows.ts';
import { writePending } from './statements.ts';

export type Em = EntityManager;
export type Orm = MikroORM;

/**
 * Opens the database as one role.
 * @param url  postgres:// of the role; TLS by its `sslmode`
 * @param poolMax  connections this process may hold
 */
export function openOrm(url: string, poolMax: number): Promise<Orm> {
  return MikroORM.init({
    clientUrl: url,
    entities,
    pool: { min: 0, max: poolMax, idleTimeoutMillis: 30_000 },
    driverOptions: {
      onPoolCreated: releaseLostConnections,
      // A statement of a prepared transaction does not wait for the answer to the one before.
      pipeline: true,
      // Planned once: five plans for their own values first cost more than they find.
      options: '-c plan_cache_mode=force_generic_plan',
    },
    // Instants are stored and read as UTC whatever the machine thinks.
    forceUtcTimezone: true,
    sessionContext: 'transaction',
    // Every unit of work forks; the global one has no owner and is a mistake.
    allowGlobalContext: false,
    logger: () => {},
  });
}

/** One unit of work in one transaction; everything in it is written, or nothing. */
export const inTransaction = <T>(orm: Orm, work: (em: Em) => Promise<T>): Promise<T> =>
  workOn(orm, orm.em.fork(), work);

/** The same on a fork of another login. @param orm  whose listeners are told what was added */
export async function workOn<T>(orm: Orm, fork: Em, work: (em: Em) => Promise<T>): Promise<T> {
  const [result, rows] = await fork.transactional(async (em) => {
    const held = holdRows(em);
    const done = await work(em);
    await flush(em);
    return [done, held] as const;
  });
  rows.announce(orm);
  return result;
}

/** Writes what the unit of work has changed and added so far; what refers to it may then be written by a statement. */
export async function flush(em: Em): Promise<void> {
  await em.flush();
  await writePending(em, rowsOf(em).take());
}

/** Read option: waits until nobody else holds the row, reads it as it is then, and holds it until the transaction ends. */
export const LOCKED = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
