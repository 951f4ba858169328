import type pg from 'pg';

/**
 * Gives a connection that ends while somebody works with it back to its pool.
 *
 * When PostgreSQL goes away in a transaction, the rollback fails too, and what would release the connection comes
 * after it; the pool would count it as in use for ever, and stand still after `max` of them.
 */
export function releaseLostConnections(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
  pool.connect = (async () => watched(await connect())) as typeof pool.connect;
}

function watched(client: pg.PoolClient): pg.PoolClient {
  const giveBack = client.release;
  let given = false;
  const release = (broken?: Error | boolean) => {
    // Whoever worked with it may still release it afterwards.
    if (given) return;
    given = true;
    client.removeListener('end', lost);
    giveBack(broken);
  };
  const lost = () => release(true);
  client.on('end', lost);
  client.release = release;
  return client;
}
