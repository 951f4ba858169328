import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { hostwright } from '../harness/command.ts';
import { commandLine, type SaleRow } from '../harness/command-line.ts';
import { until } from '../harness/product.ts';

const line = commandLine('provision');
const { run, sale, folder } = line;

/** What there is of everything that must not be made twice. */
const things = async () => {
  const [counts] = await line.product.db.sql(
    `select (select count(*)::int from "order") as orders, (select count(*)::int from payment) as payments,
       (select count(*)::int from license) as licenses, (select count(*)::int from notice where kind = 'welcome') as mails`,
  );
  return { ...counts, accounts: (await line.product.vendors.panel.get<unknown[]>('/accounts')).length };
};

describe('hostwright provision', () => {
  it('sells by flags, waits for the account, and says what was made', async () => {
    const { exit, json, err } = await run(
      'provision',
      ...sale(),
      '--username',
      'inesmoreau',
      '--node',
      'ams-1',
      '--json',
    );
    expect({ exit, err }).toMatchObject({ exit: 0, err: expect.stringContaining('Account inesmoreau made on ams-1') });
    expect(json<SaleRow>()).toEqual({
      line: null,
      customer: 1,
      email: expect.stringContaining('@harbor-bakery.example'),
      reference: expect.stringContaining('TRANSFER-'),
      outcome: 'active',
      repeated: false,
      order: expect.stringMatching(/^O-/),
      order_id: expect.any(String),
      account: 'inesmoreau',
      node: 'ams-1',
      panel: line.product.vendors.panel.url.replace('127.0.0.1', 'localhost'),
      license: expect.stringMatching(/^NP-/),
      incident: null,
      detail: expect.any(String),
      paid_through: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    const accounts = await line.product.vendors.panel.get<{ username: string }[]>('/accounts');
    expect(accounts.filter(({ username }) => username === 'inesmoreau')).toHaveLength(1);
  });

  it('does nothing twice when the same command is given again', async () => {
    const flags = sale();
    const first = await run('provision', ...flags);
    expect(first).toMatchObject({ exit: 0, out: expect.stringMatching(/^active: order O-/) });
    expect(first.out).toMatch(/^ {2}panel {4}http:\/\/localhost:\d+$/m);
    expect(first.out).not.toContain(line.product.vendors.panel.url);
    const before = await things();
    const { exit, json } = await run('provision', ...flags, '--json');
    expect({ exit, ...json<SaleRow>() }).toMatchObject({ exit: 0, outcome: 'active', repeated: true });
    expect(await things()).toEqual(before);
  });

  it('says where the customer signs in, and for a node without such an address what to do', async () => {
    const flags = sale();
    await line.product.db.sql(`update node set public_url = null`);
    expect(await run('provision', ...flags)).toMatchObject({
      exit: 0,
      out: expect.stringContaining('  panel    ams-1 has no address for customers; give it one as `public_url`\n'),
    });
    await line.product.db.sql(`update node set public_url = 'https://panel.shop.example:9000'`);
    const again = await run('provision', ...flags);
    expect(again.out).toContain('  panel    https://panel.shop.example:9000\n');
  });

  it('refuses to sell a plan that is sold out, and says what to do', async () => {
    await line.product.db.sql(`update plan set when_full = 'refuse' where code = 'starter'`);
    await line.product.db.sql('update node set draining = true');
    const { exit, json } = await run('provision', ...sale(), '--json');
    expect(exit).toBe(1);
    expect(json()).toMatchObject({
      error: { code: 'sold_out', detail: expect.stringContaining('ams-1 is draining. Make room on a node') },
    });
    await line.product.db.sql('update node set draining = false');
    await line.product.db.sql(`update plan set when_full = 'wait' where code = 'starter'`);
  });

  it('only places the order with --wait 0', async () => {
    const { exit, json } = await run('provision', ...sale(), '--wait', '0', '--json');
    expect(exit).toBe(0);
    expect(json<SaleRow>().order).toMatch(/^O-/);
  });

  it('wrong use: 2, with every flag that is missing or wrong, and nothing on stdout', async () => {
    const missing = await run('provision', '--email', 'a@b.example');
    expect(missing).toMatchObject({ exit: 2, out: '', err: expect.stringContaining('--country: two capitals') });
    const wrong = await run('provision', ...sale(), '--cycle', 'weekly', '--node', 'nowhere', '--json');
    expect(wrong.exit).toBe(2);
    expect(wrong.json()).toMatchObject({
      error: { code: 'usage', lines: [expect.stringContaining('there is ams-1')] },
    });
    expect((await run('provision', '--colour', 'red')).exit).toBe(2);
    expect((await run('provision', '--wait', 'long')).exit).toBe(2);
  });

  it('refused: 1, with the API’s code and words', async () => {
    const { exit, json } = await run('provision', ...sale(), '--plan', 'platinum', '--json');
    expect(exit).toBe(1);
    expect(json()).toMatchObject({ error: { code: 'plan_not_offered', request_id: expect.any(String) } });
  });

  it('a key that is not good: 1; nobody there: 4', async () => {
    const bad = await hostwright({ ...line.env, HOSTWRIGHT_API_KEY: 'hw_wrong' }, ['provision', ...sale(), '--json']);
    expect(bad.exit).toBe(1);
    const away = await hostwright({ ...line.env, HOSTWRIGHT_URL: 'http://127.0.0.1:9' }, ['audit', 'verify', '--json']);
    expect(away.exit).toBe(4);
    expect(away.json()).toMatchObject({ error: { code: 'unreachable' } });
  });
});

describe('hostwright provision while the API is away', () => {
  it('ends with 4 at once where it cannot place, and when the time is over where it waits; else it goes on: 0', async () => {
    const { product, processes } = line;
    await processes.worker.kill();
    const placed = (count: number) =>
      until(async () => {
        const [row] = await product.db.sql<{ count: number }>(`select count(*)::int from "order"`);
        return row!.count === count;
      });
    const [before] = await product.db.sql<{ count: number }>(`select count(*)::int from "order"`);
    const given = run('provision', ...sale(), '--wait', '50', '--json');
    const short = sale();
    await placed(before!.count + 1);
    const ends = run('provision', ...short, '--wait', '3', '--json');
    await placed(before!.count + 2);
    await processes.api.kill();

    const late = await ends;
    expect([late.exit, late.json()]).toMatchObject([4, { error: { code: 'unreachable' } }]);
    const refused = await run('provision', ...sale(), '--wait', '50', '--json');
    expect([refused.exit, refused.json()]).toMatchObject([4, { error: { code: 'unreachable' } }]);
    await Promise.all([product.startApi(), product.startWorker()]);
    const { exit, json } = await given;
    expect({ exit, ...json<SaleRow>() }).toMatchObject({ exit: 0, outcome: 'active', repeated: false });
  }, 120_000);
});

describe('hostwright provision --csv', () => {
  const HEAD = 'email,name,country,reference,username';
  const file = () =>
    folder.write(
      'sales.csv',
      [
        HEAD,
        'csv1@harbor-bakery.example,"Moreau, Ines",FR,CSV-1,',
        'csv2@harbor-bakery.example,Bea,Germany,CSV-2,',
        'csv3@harbor-bakery.example,Cleo,DE,CSV-3,cleosite',
        'csv4@harbor-bakery.example,Dan,DE,CSV-3,',
        '',
      ].join('\n'),
    );
  const provision = () =>
    run('provision', '--csv', file(), '--plan', 'starter', '--cycle', 'monthly', '--currency', 'EUR', '--json');
  const rows = (text: string) => (JSON.parse(text) as { rows: SaleRow[] }).rows;

  it('reports each row by line, column, what and how, and does the others: 3', async () => {
    const { exit, out } = await provision();
    expect(exit).toBe(3);
    expect(rows(out)).toMatchObject([
      { line: 2, outcome: 'active', repeated: false },
      { line: 3, outcome: 'invalid', detail: 'country "Germany" is wrong: it is two capital letters (ISO 3166-1)' },
      { line: 4, outcome: 'active', account: 'cleosite' },
      { line: 5, outcome: 'invalid', detail: expect.stringContaining('on line 4 already') },
    ]);
    const report = readFileSync(`${folder.file('sales.csv')}.report.csv`, 'utf8').split('\r\n');
    expect(report[0]).toBe(
      'line,email,reference,outcome,repeated,order,account,node,panel,license,customer,incident,detail',
    );
    expect(report[1]).toMatch(/^2,csv1@harbor-bakery.example,CSV-1,active,false,O-/);
    expect(report[2]).toMatch(/^3,csv2@harbor-bakery.example,CSV-2,invalid,/);
  });

  it('changes nothing when the file is run again, however much later', async () => {
    const before = await things();
    const again = await provision();
    expect(rows(again.out).map(({ outcome, repeated }) => [outcome, repeated])).toEqual([
      ['active', true],
      ['invalid', false],
      ['active', true],
      ['invalid', false],
    ]);
    // After a week the keys are forgotten; the references of the payments are not.
    await line.product.db.sql(`delete from idempotency`);
    expect(rows((await provision()).out)).toMatchObject([
      { outcome: 'active', repeated: true },
      {},
      { repeated: true },
      {},
    ]);
    expect(await things()).toEqual(before);
  });

  it('a transfer that paid for something else is refused, and says for which order', async () => {
    const other = folder.write('other.csv', `${HEAD}\nother@harbor-bakery.example,Eve,DE,CSV-1,\n`);
    const { exit, out } = await run(
      'provision',
      '--csv',
      other,
      '--plan',
      'starter',
      '--cycle',
      'yearly',
      '--currency',
      'EUR',
      '--json',
    );
    expect(exit).toBe(1);
    expect(rows(out)).toMatchObject([{ outcome: 'refused', detail: expect.stringMatching(/^reference: .*order O-/) }]);
  });

  it('a file that is none: 2', async () => {
    expect((await run('provision', '--csv', folder.file('missing.csv'))).exit).toBe(2);
    const odd = await run('provision', '--csv', folder.write('odd.csv', 'email,price\nx,1\n'));
    expect(odd).toMatchObject({ exit: 2, err: expect.stringContaining('"price" is no column') });
    expect((await run('provision', '--csv', file(), '--email', 'x')).exit).toBe(2);
  });
});
