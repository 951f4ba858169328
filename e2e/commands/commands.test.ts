import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { issuePanelCredential } from '#db/secrets/panel-credentials.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { newId } from '#domain/ids.ts';
import { hostwright } from '../harness/command.ts';
import { staffOf, type Staff } from '../harness/staff.ts';
import { openProduct, until, type Product } from '../harness/product.ts';
import { PANEL_KEY } from '#db/testing/seed.ts';

/** The real command line, as a process, against the running product. */
let product: Product;
let staff: Staff;
let env: Record<string, string>;
const folder = temporaryFolder();

beforeAll(async () => {
  product = await openProduct('commands');
  await Promise.all([product.startApi(), product.startWorker()]);
  staff = await staffOf(product);
  env = { HOSTWRIGHT_URL: product.api, HOSTWRIGHT_API_KEY: staff.key };
}, 60_000);
afterAll(async () => {
  await product?.close();
  folder.remove();
}, 60_000);

const run = (...args: string[]) => hostwright(env, args);
interface Row {
  line: number | null;
  outcome: string;
  repeated: boolean;
  order: string | null;
  order_id: string;
  account: string | null;
  node: string | null;
  license: string | null;
  incident: string | null;
  detail: string;
}

let sales = 0;
/** Flags of a sale nobody has made yet. */
const sale = () => {
  sales += 1;
  const flags = { email: `buyer${sales}@harbor-bakery.example`, name: 'Ines Moreau', country: 'FR', plan: 'starter' };
  const all = { ...flags, cycle: 'monthly', currency: 'EUR', reference: `TRANSFER-${sales}` };
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
};
const sold = async () => (await run('provision', ...sale(), '--json')).json<Row>();

/** What there is of everything that must not be made twice. */
const things = async () => {
  const [counts] = await product.db.sql(
    `select (select count(*)::int from "order") as orders, (select count(*)::int from payment) as payments,
       (select count(*)::int from license) as licenses, (select count(*)::int from notice where kind = 'welcome') as mails`,
  );
  return { ...counts, accounts: (await product.vendors.panel.get<unknown[]>('/accounts')).length };
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
    expect(json<Row>()).toEqual({
      line: null,
      email: expect.stringContaining('@harbor-bakery.example'),
      reference: expect.stringContaining('TRANSFER-'),
      outcome: 'active',
      repeated: false,
      order: expect.stringMatching(/^O-/),
      order_id: expect.any(String),
      account: 'inesmoreau',
      node: 'ams-1',
      license: expect.stringMatching(/^NP-/),
      incident: null,
      detail: expect.any(String),
      paid_through: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    const accounts = await product.vendors.panel.get<{ username: string }[]>('/accounts');
    expect(accounts.filter(({ username }) => username === 'inesmoreau')).toHaveLength(1);
  });

  it('does nothing twice when the same command is given again', async () => {
    const flags = sale();
    const first = await run('provision', ...flags);
    expect(first).toMatchObject({ exit: 0, out: expect.stringMatching(/^active: order O-/) });
    const before = await things();
    const { exit, json } = await run('provision', ...flags, '--json');
    expect({ exit, ...json<Row>() }).toMatchObject({ exit: 0, outcome: 'active', repeated: true });
    expect(await things()).toEqual(before);
  });

  it('only places the order with --wait 0', async () => {
    const { exit, json } = await run('provision', ...sale(), '--wait', '0', '--json');
    expect(exit).toBe(0);
    expect(json<Row>().order).toMatch(/^O-/);
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
    const bad = await hostwright({ ...env, HOSTWRIGHT_API_KEY: 'hw_wrong' }, ['provision', ...sale(), '--json']);
    expect(bad.exit).toBe(1);
    const away = await hostwright({ ...env, HOSTWRIGHT_URL: 'http://127.0.0.1:9' }, ['audit', 'verify', '--json']);
    expect(away.exit).toBe(4);
    expect(away.json()).toMatchObject({ error: { code: 'unreachable' } });
  });
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
  const rows = (text: string) => (JSON.parse(text) as { rows: Row[] }).rows;

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
    expect(report[0]).toBe('line,email,reference,outcome,repeated,order,account,node,license,incident,detail');
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
    await product.db.sql(`delete from idempotency`);
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

describe('hostwright diagnose', () => {
  let key: string;
  let licenseId: string;

  beforeAll(async () => {
    const { order_id: orderId } = await sold();
    const { body } = await staff.call<{ license: { id: string } }>('GET', `/orders/${orderId}`);
    licenseId = body.license.id;
    key = (await staff.call<{ key: string }>('POST', `/licenses/${licenseId}/reveal`)).body.key;
    const { body: nodes } = await staff.call<{ nodes: { id: string }[] }>('GET', '/nodes');
    expect((await staff.call('POST', `/nodes/${nodes.nodes[0]!.id}/panel-credentials`, {})).status).toBe(201);
  }, 60_000);

  interface Told {
    valid: boolean;
    checks: { check: string; passed: boolean | null; next: string | null }[];
    answers: { error: string | null }[];
  }
  const diagnose = async (...args: string[]) => {
    const { exit, json } = await run('diagnose', ...args, '--json');
    const told = json<Told>();
    return { exit, told, failed: told.checks.filter(({ passed }) => passed === false).map(({ check }) => check) };
  };

  it('good: 0, each check in order', async () => {
    const { exit, told, failed } = await diagnose(key);
    expect({ exit, failed, valid: told.valid }).toEqual({ exit: 0, failed: [], valid: true });
    expect([...new Set(told.checks.map(({ check }) => check))]).toEqual([
      'form',
      'credential',
      'limits',
      'license',
      'status',
      'expiry',
      'quota',
      'service',
      'subscription',
      'node',
    ]);
  });

  it('reads for people, without the key, and takes the key from stdin', async () => {
    const { exit, out } = await hostwright(env, ['diagnose', '-', '--feature', 'create_database'], `${key}\n`);
    expect(exit).toBe(0);
    expect(out).toContain('A panel that asks for create_database is told yes (VALID).');
    expect(out).not.toContain(key);
  });

  it('over quota: 1, at the feature', async () => {
    await product.db.sql(`update license_quota set gauge = 5 where license_id = $1 and feature = 'create_database'`, [
      licenseId,
    ]);
    expect(await diagnose(key)).toMatchObject({ exit: 1, failed: ['quota'] });
    expect(await diagnose(key, '--feature', 'create_email')).toMatchObject({ exit: 0, failed: [] });
  });

  it('suspended: 1, at the status, with what to do', async () => {
    await product.db.sql(`update license set status = 'suspended' where id = $1`, [licenseId]);
    const { exit, failed, told } = await diagnose(key);
    expect({ exit, failed }).toEqual({ exit: 1, failed: ['status', 'service'] });
    expect(told.answers[0]!.error).toBe('License is suspended');
    await product.db.sql(`update license set status = 'active' where id = $1`, [licenseId]);
  });

  it('of another node: 1, and unknown: 1', async () => {
    const id = newId();
    await product.db.sql(
      `insert into node (id, name, panel, base_url, credentials, credentials_changed_at, capabilities, capacity, slots_taken,
         draining, health, failed_checks, good_checks, created_at)
       select $1, 'fra-1', panel, base_url, credentials, now(), capabilities, 0, 0, false, health, 0, 2, now() from node limit 1`,
      [id],
    );
    const { keyId, sealed } = issuePanelCredential(createSealer([{ id: 'test', key: Buffer.alloc(32, 1) }]), newId());
    await product.db.sql(
      `insert into panel_credential (id, key_id, node_id, secret, scopes, allowed_networks, created_at)
       values ($1, $2, $3, $4, '{license:validate}', '{}', now())`,
      [newId(), keyId, id, sealed],
    );
    expect(await diagnose(key, '--node', 'fra-1')).toMatchObject({ exit: 1, failed: ['license'] });
    expect(await diagnose('NP-ABCD-EFGH-JKMN-PQRS')).toMatchObject({ exit: 1, failed: ['license'] });
    expect((await run('diagnose', key, '--node', 'nowhere')).exit).toBe(2);
  });
});

describe('hostwright incidents', () => {
  const panelKey = (isActive: boolean) =>
    product.vendors.panel.call('PATCH', `/keys/${PANEL_KEY.apiKey}`, { is_active: isActive });
  const ended = (orderId: string, status: string) =>
    until(async () => (await staff.call<{ status: string }>('GET', `/orders/${orderId}`)).body.status === status);
  /** An order whose account cannot be made, as the panel has revoked our key. */
  const parked = async () => {
    await panelKey(false);
    const { exit, json } = await run('provision', ...sale(), '--json');
    const row = json<Row>();
    expect({ exit, outcome: row.outcome }).toEqual({ exit: 3, outcome: 'parked' });
    return { ...row, incident: row.incident! };
  };
  /** Back in rotation, as after a check by staff. */
  const mend = async () => {
    await panelKey(true);
    await product.db.sql(`update node set health = 'healthy', good_checks = 2, failed_checks = 0 where name = 'ams-1'`);
  };

  it('none is open: it says so', async () => {
    expect(await run('incidents', 'list')).toMatchObject({ exit: 0, out: 'No incident is open.\n' });
    expect((await run('incidents', 'list', '--json')).json()).toEqual({ incidents: [], next: null });
  });

  it('a parked order is listed and shown, and goes on after a retry', async () => {
    const { incident, order, order_id: orderId, detail } = await parked();
    expect(detail).toContain(`hostwright incidents show ${incident}`);
    const list = await run('incidents', 'list');
    expect(list.out).toMatch(new RegExp(`${incident}  open +account  VendorUnauthorized +${order}`));
    expect((await run('incidents', 'list', '--json')).json()).toMatchObject({
      incidents: [{ id: incident, status: 'open', step: 'account', order: { id: orderId } }],
    });
    const shown = await run('incidents', 'show', incident);
    expect(shown.out).toMatch(/API key is revoked[\s\S]*retry .*Takes .*--node.*--username/);
    expect((await run('incidents', 'show', incident, '--json')).json()).toMatchObject({
      id: incident,
      choices: expect.any(Array),
    });

    await mend();
    const retried = await run('incidents', 'resolve', incident, 'retry', '--username', 'mended', '--json');
    expect({ exit: retried.exit, ...retried.json<object>() }).toMatchObject({
      exit: 0,
      incident,
      said: expect.stringMatching(/^retry accepted/),
    });
    await ended(orderId, 'active');
    const { body } = await staff.call<{ service: { username: string } }>('GET', `/orders/${orderId}`);
    expect(body.service.username).toBe('mended');

    const again = await run('incidents', 'resolve', incident, 'retry', '--json');
    expect({ exit: again.exit, ...again.json<object>() }).toMatchObject({
      exit: 1,
      error: { code: 'incident_decided' },
    });
    expect((await run('incidents', 'show', incident)).out).toMatch(/Decided by Sam .*: retry/);
  }, 120_000);

  it('an abort needs a reason, and gives everything back', async () => {
    const { incident, order_id: orderId } = await parked();
    await mend();
    expect(await run('incidents', 'resolve', incident, 'abort')).toMatchObject({ exit: 2, out: '' });
    expect((await run('incidents', 'resolve', incident, 'abort', '--note', 'x', '--node', 'ams-1')).exit).toBe(2);
    const aborted = await run('incidents', 'resolve', incident, 'abort', '--note', 'the customer changed his mind');
    expect(aborted).toMatchObject({ exit: 0, out: expect.stringMatching(/^abort accepted/) });
    // Money that staff recorded came from outside a gateway, and goes back outside it.
    await ended(orderId, 'canceled');
  }, 120_000);

  it('that is not there: 1; a decision that is none: 2', async () => {
    expect((await run('incidents', 'show', newId())).exit).toBe(1);
    expect((await run('incidents', 'resolve', newId(), 'ponder')).exit).toBe(2);
    expect((await run('incidents', 'list', '--limit', 'many')).exit).toBe(2);
  });
});

describe('hostwright audit verify', () => {
  it('intact: 0; once an entry was changed: 1, and which', async () => {
    await until(async () => (await product.db.sql(`select 1 from audit_chain offset 10 limit 1`)).length > 0);
    const good = await run('audit', 'verify', '--json');
    expect({ exit: good.exit, ...good.json<object>() }).toMatchObject({ exit: 0, intact: true, problems: [] });

    await product.db.sql(`alter table audit_entry disable trigger all`);
    await product.db.sql(
      `update audit_entry set reason = 'never mind' where id = (select entry_id from audit_chain where seq = 3)`,
    );
    await product.db.sql(`alter table audit_entry enable trigger all`);
    const bad = await run('audit', 'verify');
    expect(bad).toMatchObject({ exit: 1, out: expect.stringMatching(/broken[\s\S]*entry 3/) });
  });
});

describe('hostwright tasks', () => {
  it('lists what a person should look at, and marks it as done', async () => {
    await product.db.sql('update staff_task set done_at = now()');
    expect(await run('tasks', 'list')).toMatchObject({ exit: 0, out: 'There is nothing to do.\n' });
    const task = newId();
    const text = 'EUR 29.00 arrived for an invoice that is void.';
    await product.db.sql(
      `insert into staff_task (id, key, kind, text, opened_at) values ($1, 'late-money/x', 'late_money', $2, now())`,
      [task, text],
    );
    expect((await run('tasks', 'list')).out).toContain(`${task}  Money for no open invoice\n  ${text}\n`);
    expect((await run('tasks', 'list', '--json')).json()).toMatchObject({ tasks: [{ id: task, text }], next: null });
    expect(await run('tasks', 'done', task)).toMatchObject({ exit: 0, out: `Done by Sam: ${text}\n` });
    expect((await run('tasks', 'list')).out).toBe('There is nothing to do.\n');
    expect((await run('tasks', 'list', '--done')).out).toContain('done by Sam');
    expect((await run('tasks', 'done', newId())).exit).toBe(1);
    expect((await run('tasks', 'list', '--limit', '0')).exit).toBe(2);
  }, 60_000);
});
