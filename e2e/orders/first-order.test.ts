import { readFileSync, statSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReadyContext } from '#cli/start/ready-context.ts';
import type { Settings } from '#cli/start/environment.ts';
import { PORTS } from '#cli/start/processes/ports.ts';
import { createProgress } from '#cli/start/progress.ts';
import { openSecrets } from '#cli/start/processes/secrets.ts';
import { firstOrder } from '#cli/start/demo/demo.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { openProduct, type Product } from '../harness/product.ts';
import { PANEL_KEY } from '#db/testing/seed.ts';

/** What the first start does once everything runs, against the running product. */
let product: Product;
const folder = temporaryFolder();

beforeAll(async () => {
  product = await openProduct('first_order');
  // The only node is to be the one the first start adds.
  await product.db.sql(`delete from plan_package`);
  await product.db.sql(`delete from node`);
  await Promise.all([product.startApi(), product.startWorker()]);
}, 60_000);
afterAll(async () => {
  await product?.close();
  folder.remove();
}, 60_000);

const portOf = (url: string) => Number(new URL(url).port);

/** As `npm start` calls it, on one data folder; answers what a person then reads. */
async function start({ firstStart = true, own = {} }: { firstStart?: boolean; own?: Settings['own'] } = {}) {
  const { vendors, api, environment } = product;
  const out = new PassThrough().setEncoding('utf8');
  let text = '';
  out.on('data', (chunk: string) => void (text += chunk));
  const { EGRESS_ALLOW: _, ...given } = environment;
  const closing: (() => void)[] = [];
  const context: ReadyContext = {
    firstStart,
    closing,
    progress: createProgress(out as unknown as NodeJS.WriteStream),
    signal: new AbortController().signal,
    addresses: {
      portal: `${api}/`,
      stripe: vendors.stripe.url,
      nextpanel: vendors.panel.url,
      mailbox: vendors.mailbox.url,
    },
    settings: {
      // The product's own names of what `npm start` would make; no vendor is set, so all are simulated.
      own: {
        PATH: process.env.PATH,
        DATABASE_API_URL: given.DATABASE_API_URL,
        DATABASE_LICENSE_URL: given.DATABASE_LICENSE_URL,
        SEAL_KEYS: given.SEAL_KEYS,
        LICENSE_PEPPER: given.LICENSE_PEPPER,
        NEXTPANEL_KEY_ID: PANEL_KEY.apiKey,
        NEXTPANEL_KEY_SECRET: PANEL_KEY.apiSecret,
        ...own,
      },
      ports: { ...PORTS, api: portOf(api), nextpanel: portOf(vendors.panel.url) },
      secrets: openSecrets(folder.file('secrets.json')),
      data: folder.path,
    },
  };
  const ended = await firstOrder(context);
  for (const say of closing) say();
  out.end();
  await finished(out);
  return { ended, text };
}

const marks = (text: string) => [...text.matchAll(/^ {2}✓ (\w+) .*\+(\d+\.\d\d) s$/gm)].map(([, name]) => name);
const counts = async () =>
  (
    await product.db.sql(
      `select (select count(*)::int from "order") as orders, (select count(*)::int from node) as nodes,
         (select count(*)::int from user_account where kind = 'staff') as staff,
         (select count(*)::int from panel_credential) as credentials`,
    )
  )[0];

/** Of the staff pages; simulated vendors print a sign-in of their own at each start. */
const STAFF_PASSWORD = /admin@hostwright\.localhost\n {2}password {7}\S{27}\n/;

describe('the first start', () => {
  it('that meets a panel which refuses our key says so, what to do, and that it is played again', async () => {
    await product.vendors.panel.call('PATCH', `/keys/${PANEL_KEY.apiKey}`, { permission_level: 'read_only' });
    const { ended, text } = await start();
    expect(ended).toBe('again');
    expect(text).toMatch(/did not get to its end\. The node sandbox-1 takes no orders/);
    expect(text).toMatch(/super admin/);
    expect(text).toMatch(STAFF_PASSWORD);
    expect(text).toMatch(/played again at the next start/);
    expect(text).not.toMatch(/✓ order/);
  }, 60_000);

  it('shows the staff sign-in once, and keeps only the key, for its owner alone', async () => {
    const file = folder.file('staff.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual(['email', 'apiKey']);
    expect((await start({ firstStart: false })).text).not.toMatch(STAFF_PASSWORD);
  });

  it('that meets a step which cannot go on names it, its reason and its incident', async () => {
    await product.vendors.panel.call('PATCH', `/keys/${PANEL_KEY.apiKey}`, { permission_level: 'billing' });
    await product.vendors.panel.plan({ kind: 'error-before', status: 422, path: '/billing/accounts$', method: 'POST' });
    const { ended, text } = await start();
    expect(ended).toBe('again');
    expect(text).toMatch(/the step account waits for a decision/);
    expect(text).toMatch(/incidents show [0-9a-f-]{36}/);
    await product.vendors.panel.heal();
  }, 60_000);

  it('plays one order from end to end, each step when it happened', async () => {
    const before = await counts();
    const { ended, text } = await start();
    expect({ ended, text }).toEqual({ ended: undefined, text: expect.stringContaining('from end to end') });
    expect(marks(text)).toEqual([
      'order',
      'checkout',
      'webhook',
      'invoice',
      'node',
      'license',
      'account',
      'mail',
      'active',
      'validation',
    ]);
    expect(text).toMatch(/webhook .*checkout\.session\.completed, signed; we answered 200/);
    expect(text).toMatch(/validation .*create_database: yes, 5 left/);
    expect(text).not.toMatch(STAFF_PASSWORD);
    expect(await counts()).toEqual({ ...before, orders: (before!.orders as number) + 1, credentials: 1 });
    const [order] = await product.db.sql(`select status from "order" order by id desc limit 1`);
    expect(order).toEqual({ status: 'active' });
  }, 60_000);

  it('with a real vendor plays nothing, and says why', async () => {
    const before = await counts();
    const { ended, text } = await start({ own: { STRIPE_SECRET_KEY: 'sk_test_mine' } });
    expect(ended).toBeUndefined();
    expect(text).toMatch(/not played: STRIPE_SECRET_KEY is set/);
    expect(await counts()).toEqual(before);
  });
});

describe('a later start', () => {
  it('plays nothing', async () => {
    const before = await counts();
    const { ended, text } = await start({ firstStart: false });
    expect(ended).toBeUndefined();
    expect(text).not.toMatch(/✓/);
    expect(text).toMatch(/kill -9/);
    expect(await counts()).toEqual(before);
  });

  it('tells the node where its panel listens now', async () => {
    await product.db.sql(`update node set base_url = 'http://127.0.0.1:9'`);
    await start({ firstStart: false });
    expect(await product.db.sql(`select base_url, health from node`)).toEqual([
      { base_url: product.vendors.panel.url, health: 'healthy' },
    ]);
  });
});
