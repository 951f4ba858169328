import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { PANEL_KEY } from '#db/testing/seed.ts';
import { commandLine, type SaleRow } from '../harness/command-line.ts';
import { until } from '../harness/product.ts';

const line = commandLine('deskcommands');
const { run, sale } = line;

describe('hostwright incidents', () => {
  const panelKey = (isActive: boolean) =>
    line.product.vendors.panel.call('PATCH', `/keys/${PANEL_KEY.apiKey}`, { is_active: isActive });
  const ended = (orderId: string, status: string) =>
    until(async () => (await line.staff.call<{ status: string }>('GET', `/orders/${orderId}`)).body.status === status);
  /** An order whose account cannot be made, as the panel has revoked our key. */
  const parked = async () => {
    await panelKey(false);
    const { exit, json } = await run('provision', ...sale(), '--json');
    const row = json<SaleRow>();
    expect({ exit, outcome: row.outcome }).toEqual({ exit: 3, outcome: 'parked' });
    return { ...row, incident: row.incident! };
  };
  /** Back in rotation, as after a check by staff. */
  const mend = async () => {
    await panelKey(true);
    await line.product.db.sql(
      `update node set health = 'healthy', good_checks = 2, failed_checks = 0 where name = 'ams-1'`,
    );
  };

  it('none is open: it says so', async () => {
    expect(await run('incidents', 'list')).toMatchObject({ exit: 0, out: 'No incident is open.\n' });
    expect((await run('incidents', 'list', '--json')).json()).toEqual({ incidents: [], next: null });
  });

  it('a parked order is listed and shown, and goes on after a retry', async () => {
    const { incident, order, order_id: orderId, detail } = await parked();
    expect(detail).toContain(`hostwright incidents show ${incident}`);
    const list = await run('incidents', 'list');
    expect(list.out).toMatch(
      new RegExp(`${incident}  open +The account could not be made: ams-1 refuses our key +${order}`),
    );
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
    const { body } = await line.staff.call<{ service: { username: string } }>('GET', `/orders/${orderId}`);
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
    await until(async () => (await line.product.db.sql(`select 1 from audit_chain offset 10 limit 1`)).length > 0);
    const good = await run('audit', 'verify', '--json');
    expect({ exit: good.exit, ...good.json<object>() }).toMatchObject({ exit: 0, intact: true, problems: [] });

    await line.product.db.sql(`alter table audit_entry disable trigger all`);
    await line.product.db.sql(
      `update audit_entry set reason = 'never mind' where id = (select entry_id from audit_chain where seq = 3)`,
    );
    await line.product.db.sql(`alter table audit_entry enable trigger all`);
    const bad = await run('audit', 'verify');
    expect(bad).toMatchObject({ exit: 1, out: expect.stringMatching(/broken[\s\S]*entry 3/) });
  });
});

describe('hostwright tasks', () => {
  it('lists what a person should look at, and marks it as done', async () => {
    await line.product.db.sql('update staff_task set done_at = now()');
    expect(await run('tasks', 'list')).toMatchObject({ exit: 0, out: 'There is nothing to do.\n' });
    const task = newId();
    const text = 'EUR 29.00 arrived for an invoice that is void.';
    await line.product.db.sql(
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

describe('hostwright api-keys', () => {
  interface Made {
    id: string;
    key: string;
  }
  const make = async (name: string, key = line.staff.key) => {
    const authorization = `Bearer ${key}`;
    const made = await line.staff.call<Made>('POST', '/api-keys', { name, scopes: ['*'] }, { authorization });
    expect(made.status).toBe(201);
    return made.body;
  };

  it('lists each key beneath the one it was made with, and no key itself', async () => {
    const [billing, other] = [await make('billing'), await make('other')];
    const child = await make('nightly', billing.key);
    const { exit, out } = await run('api-keys', 'list');
    expect(exit).toBe(0);
    const at = (text: string) => out.split('\n').findIndex((each) => each.includes(text));
    expect(at(`${child.id}  nightly, made with billing`)).toBe(at(`${billing.id}  billing`) + 2);
    expect(at(`${other.id}  other`)).toBeGreaterThan(-1);
    const depth = (text: string) => /^ */.exec(out.split('\n')[at(text)]!)![0].length;
    expect([depth(child.id) - depth(billing.id), depth(other.id) - depth(billing.id)]).toEqual([2, 0]);
    for (const { key } of [billing, other, child]) expect(out).not.toContain(key);
    const { api_keys: keys } = (await run('api-keys', 'list', '--json')).json<{ api_keys: object[] }>();
    expect(keys).toContainEqual(expect.objectContaining({ id: child.id, made_by: billing.id }));
  });
});
