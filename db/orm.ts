import { LockMode, MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';
import { releaseLostConnections } from './lost-connections.ts';

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
    driverOptions: { onPoolCreated: releaseLostConnections },
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
  orm.em.fork().transactional(work);

/** Read option: waits until nobody else holds the row, reads it as it is then, and holds it until the transaction ends. */
export const LOCKED = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
