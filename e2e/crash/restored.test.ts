import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openInstallation, type Installation } from '#cli/backup/testing/installation.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { hostwright } from '../harness/command.ts';
import { ordersOf, type Orders } from '../harness/orders.ts';
import { openProduct, until, type Product } from '../harness/product.ts';
import { expectExactlyOne } from './outcome.ts';

const folder = temporaryFolder();
const data = folder.file('data');
const command = (...args: string[]) => hostwright({ HOSTWRIGHT_DATA: data }, args);
let installation: Installation;
let product: Product;
let orders: Orders;

beforeAll(async () => {
  installation = await openInstallation(data, { temporal: true });
  await installation.start();
  process.env.HOSTWRIGHT_TEST_PG_URL = installation.superuserUrl;
  process.env.HOSTWRIGHT_TEST_TEMPLATE = 'hostwright';
  product = await openProduct('restored', { temporalAddress: installation.temporalAddress });
  orders = await ordersOf(product);
  await Promise.all([product.startApi(), product.startWorker()]);
}, 120_000);
afterAll(async () => {
  await orders?.close();
  await product?.close();
  await installation?.stop();
  folder.remove();
}, 60_000);

/** Money that only moves, from many at once, until told to stop. @returns how many moves were committed */
async function moveMoney(stop: AbortSignal): Promise<number> {
  let moves = 0;
  const mover = async () => {
    while (!stop.aborted) {
      const [from, to] = [1, 2].map(() => Math.ceil(Math.random() * 50));
      await product.db.sql(
        `with taken as (update purse set minor = minor - 7 where id = $1 and $1 <> $2 returning 1),
           given as (update purse set minor = minor + 7 where id = $2 and $1 <> $2 returning 1)
         insert into move (from_id, to_id) select $1, $2 where $1 <> $2`,
        from! < to! ? [from, to] : [to, from],
      );
      moves += 1;
      await pause(1);
    }
  };
  await Promise.all([mover(), mover()]);
  return moves;
}

describe('SECR-08: a back-up made while everything runs', () => {
  it('is restored with what was under way, which goes on: paid, made and welcomed once', async () => {
    const { db } = product;
    await db.sql(`create table purse as select id, 1000::bigint as minor from generate_series(1, 50) id`);
    await db.sql(`create table move (id bigint generated always as identity, from_id bigint, to_id bigint)`);
    const [waits, under] = [await orders.place('stripe'), await orders.place('paypal')];
    await until(async () => (await db.sql(`select 1 from "order" where checkout_url is not null`)).length === 2);

    const enough = new AbortController();
    const moving = moveMoney(enough.signal);
    await pause(200);
    const paying = orders.pay(under);
    const backup = await command('backup', `${folder.path}/backups/`, '--json');
    enough.abort();
    await Promise.all([moving, paying]);
    expect(backup).toMatchObject({ exit: 0, err: expect.stringContaining('Its key was made just now') });
    const { file } = backup.json<{ file: string }>();
    expect(readdirSync(folder.file('backups'))).toHaveLength(1);

    const late = await orders.place('stripe');
    await orders.ends(under, 'active');
    await product.kill();
    await installation.stop();
    rmSync(join(data, 'postgres/base'), { recursive: true });
    const restored = await command('restore', file);
    expect([restored.exit, restored.err]).toEqual([0, expect.stringContaining('It is whole.')]);
    expect(restored.out).toMatch(/^Restored: all that was committed before /);

    await installation.start();
    await Promise.all([product.startApi(), product.startWorker()]);
    const [sums] = await db.sql<{ total: number; moves: number }>(
      `select (select sum(minor) from purse)::int as total, (select count(*) from move)::int as moves`,
    );
    expect(sums!.total).toBe(50_000);
    expect(sums!.moves).toBeGreaterThan(0);
    expect(await db.sql('select from "order" where id = $1', [late.orderId])).toHaveLength(0);

    await orders.pay(waits);
    for (const order of [waits, under]) {
      await orders.ends(order, 'active');
      await expectExactlyOne(product, order, [1, 2]);
    }
    expect(existsSync(join(data, 'restore.json'))).toBe(false);
  }, 180_000);
});
