import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase } from '#db/testing/database.ts';
import { isUnreachable } from './unreachable.ts';

const failureOf = async (url: string, work: (client: pg.Client) => Promise<unknown>): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await work(client);
    return 'no failure';
  } catch (error) {
    return error;
  } finally {
    await client.end();
  }
};

describe('a database that cannot be used', () => {
  it('is not there, does not know us, or goes away in the middle; one that says no can be used', async () => {
    const db = await createTestDatabase('unreachable');
    try {
      const url = db.url('readonly');
      const other = (change: (to: URL) => void) => {
        const to = new URL(url);
        change(to);
        return to.href;
      };
      const select = (client: pg.Client) => client.query('select 1');
      const failures = {
        nobody: await failureOf(
          other((to) => (to.port = '1')),
          select,
        ),
        password: await failureOf(
          other((to) => (to.password = 'wrong')),
          select,
        ),
        name: await failureOf(
          other((to) => (to.pathname = '/none')),
          select,
        ),
        ended: await failureOf(db.ownerUrl, (client) => client.query('select pg_terminate_backend(pg_backend_pid())')),
        gone: await failureOf(db.ownerUrl, async (client) => {
          const slow = client.query('select pg_sleep(60)');
          (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
          return slow;
        }),
        refused: await failureOf(url, (client) => client.query('delete from customer')),
      };
      expect(Object.entries(failures).map(([name, error]) => [name, isUnreachable(error)])).toEqual([
        ['nobody', true],
        ['password', true],
        ['name', true],
        ['ended', true],
        ['gone', true],
        ['refused', false],
      ]);
    } finally {
      await db.drop();
    }
  });
});
