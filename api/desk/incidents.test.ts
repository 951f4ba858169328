import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import type { ResolveCommand } from '#workflows/messages.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
const CHOICES = [
  { action: 'retry', does: 'Looks for the account, then makes it.', fields: ['nodeId', 'username'] },
  { action: 'abort', does: 'Undoes the order.' },
];

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
let support: TestSession;
let sent: { workflowId: string; command: ResolveCommand; updateId: string }[] = [];
let workflow: (command: ResolveCommand) => Promise<string>;
const accepts = ({ decision }: ResolveCommand) => Promise.resolve(`${decision.action} accepted for account`);

beforeAll(async () => {
  db = await createTestDatabase('incidents');
  api = await createTestApi(db, {
    env: { TEMPORAL_UI_URL: 'http://localhost:8233', TEMPORAL_NAMESPACE: 'shop' },
    clock: () => now,
    temporal: {
      resolveIncident: (workflowId, command, updateId) => {
        sent.push({ workflowId, command, updateId });
        return workflow(command);
      },
    },
  });
  admin = await api.asStaff();
  support = await api.asStaff('support');
});
afterAll(() => db.drop());
beforeEach(() => {
  sent = [];
  workflow = accepts;
});

const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
const open = async (over: object = {}) => {
  const customerId = await insert(runs, 'customer', rows.customer());
  const orderId = await insert(runs, 'order', rows.order({ customer_id: customerId }));
  return insert(runs, 'incident', {
    id: newId(),
    workflow_id: `order/${orderId}`,
    workflow_type: 'fulfillOrder',
    step: 'account',
    reason: 'VendorRefused',
    adapter: 'nextpanel',
    order_id: orderId,
    customer_id: customerId,
    message: 'ams-1 could not create the account: 422 …',
    choices: JSON.stringify(CHOICES),
    status: 'open',
    opened_at: now,
    ...over,
  });
};
const decide = (id: string, body: object, who = admin) =>
  api.ask('POST', `/api/v2/incidents/${id}/decisions`, { body, headers: who.headers });
const get = (path: string, who = admin) => api.ask('GET', `/api/v2${path}`, { headers: who.headers });

const audited = (id: string) =>
  db.sql(`select actor_id, action, after, result from audit_entry where object_id = $1 order by id`, [id]);

describe('deciding', () => {
  it('sends what was decided, by whom, under an id of its own', async () => {
    const id = await open();
    const node = await insert(runs, 'node', rows.node());
    const answer = await decide(id, { action: 'retry', input: { node_id: node, username: 'adasite' } });
    expect(answer).toMatchObject({ status: 200, json: { said: 'retry accepted for account' } });
    const { json } = await get(`/incidents/${id}`);
    expect(sent).toEqual([
      {
        workflowId: json.workflow_id,
        updateId: expect.stringMatching(new RegExp(`^${id}/[0-9a-f]{32}$`)),
        command: {
          incident: id,
          actor: admin.userId,
          decision: { action: 'retry', input: { nodeId: node, username: 'adasite' } },
        },
      },
    ]);
    const by = { actor_id: admin.userId, after: { action: 'retry', node_id: node, username: 'adasite' } };
    expect(await audited(id)).toEqual([
      { ...by, action: 'incident.decision_sent', result: 'sent' },
      { ...by, action: 'incident.decision_answered', result: 'accepted' },
    ]);
  });

  const refused: [because: string, body: object, status: number, pointer: string][] = [
    ['skipping is not offered', { action: 'skip', note: 'by hand' }, 422, '/action'],
    ['an unknown action', { action: 'ignore' }, 422, '/action'],
    ['aborting without a word', { action: 'abort' }, 422, '/note'],
    ['aborting with blanks', { action: 'abort', note: '   ' }, 422, '/note'],
    ['input for an abort', { action: 'abort', note: 'x', input: { username: 'adasite' } }, 422, '/input'],
    ['a field this step does not take', { action: 'retry', input: { package_id: '3' } }, 422, '/input/package_id'],
    ['a node that is not there', { action: 'retry', input: { node_id: newId() } }, 422, '/input/node_id'],
    ['a reserved name', { action: 'retry', input: { username: 'root' } }, 422, '/input/username'],
    ['AUTHZ-06: who decides', { action: 'retry', actor: 'me' }, 422, '/actor'],
  ];
  it.each(refused)('is refused and sent nowhere: %s', async (_because, body, status, pointer) => {
    expect(await decide(await open(), body)).toMatchObject({ status, json: { errors: [{ pointer }] } });
    expect(sent).toEqual([]);
  });

  it('one that is decided or healed takes no more', async () => {
    const [decided, healed] = [await open({ status: 'decided' }), await open({ status: 'healed' })];
    for (const id of [decided, healed]) {
      expect(await decide(id, { action: 'retry' })).toMatchObject({ status: 409, json: { code: 'incident_decided' } });
    }
    expect(sent).toEqual([]);
  });

  it('sent again is the same update; another decision, or another person’s, is not', async () => {
    const id = await open();
    await decide(id, { action: 'retry' });
    await decide(id, { action: 'retry' });
    await decide(id, { action: 'retry' }, support);
    await decide(id, { action: 'retry', input: { username: 'adasite' } });
    const [first, again, ...others] = sent.map(({ updateId }) => updateId);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(3);
  });

  it('says what the workflow says, or that nobody is there', async () => {
    const id = await open();
    workflow = () =>
      Promise.reject(new Problem(409, 'decision_refused', `Incident ${id} is decided already, by Grace.`));
    expect(await decide(id, { action: 'retry' })).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('by Grace') },
    });
    const before = await audited(id);
    expect(before.map(({ action, result }) => [action, result])).toEqual([
      ['incident.decision_sent', 'sent'],
      ['incident.decision_answered', 'refused'],
    ]);
    expect(before[1]).toMatchObject({ after: { action: 'retry', code: 'decision_refused' } });
    workflow = () => Promise.reject(unavailable('workflows_unavailable', 'No worker answers.', 5));
    const away = await decide(id, { action: 'retry' });
    expect(away).toMatchObject({ status: 503, json: { code: 'workflows_unavailable' } });
    expect(away.headers.get('retry-after')).toBe('5');
    expect((await audited(id)).at(-1)).toMatchObject({ result: 'unknown', after: { code: 'workflows_unavailable' } });
  });

  it('AUTHZ-05: support may retry, but not give money back', async () => {
    const id = await open();
    expect(await decide(id, { action: 'abort', note: 'x' }, support)).toMatchObject({
      status: 403,
      json: { code: 'permission_missing' },
    });
    expect(await decide(id, { action: 'retry' }, support)).toMatchObject({ status: 200 });
    const customer = await api.asCustomer();
    expect(await decide(id, { action: 'retry' }, customer)).toMatchObject({ status: 403 });
  });
});

describe('reading', () => {
  it('lists open ones first, page by page', async () => {
    const node = await insert(runs, 'node', rows.node());
    const made: string[] = [];
    for (const status of ['open', 'healed', 'open', 'decided']) made.push(await open({ status, node_id: node }));
    const expected = [made[2], made[0], made[3], made[1]];
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { json } = await get(`/incidents?node_id=${node}&limit=1${after}`);
      seen.push(...json.incidents.map((incident: { id: string }) => incident.id));
      if (!json.next) break;
      after = `&after=${json.next}`;
    }
    expect(seen).toEqual(expected);
    expect((await get(`/incidents?node_id=${node}&status=open`, support)).json.incidents).toHaveLength(2);
  });

  it('shows the exact error, the choices, the decision and the way to the workflow', async () => {
    const id = await open({ status: 'decided', closed_at: now });
    await insert(runs, 'incident_decision', {
      id: newId(),
      incident_id: id,
      actor: admin.userId,
      action: 'retry',
      input: JSON.stringify({ nodeId: 'n' }),
      note: 'moved it',
      decided_at: now,
    });
    const { json } = await get(`/incidents/${id}`);
    expect(json).toMatchObject({
      message: 'ams-1 could not create the account: 422 …',
      choices: [
        {
          action: 'retry',
          label: 'Retry',
          fields: [
            { name: 'node_id', label: 'Another node', kind: 'node' },
            { name: 'username', label: 'Another user name', kind: 'username' },
          ],
        },
        { action: 'abort', fields: [] },
      ],
      decision: { actor: 'Grace Hopper', action: 'retry', input: { node_id: 'n' }, note: 'moved it' },
      workflow_url: `http://localhost:8233/namespaces/shop/workflows/${encodeURIComponent(json.workflow_id)}`,
      closed_at: now.toISOString(),
    });
    expect(await get(`/incidents/${newId()}`)).toMatchObject({ status: 404, json: { code: 'incident_not_found' } });
  });
});

describe('tasks', () => {
  const task = () =>
    insert(runs, 'staff_task', {
      id: newId(),
      key: newId(),
      kind: 'late_money',
      text: 'EUR 29.00 came late.',
      opened_at: now,
    });

  it('are marked as done once, by who was first', async () => {
    const id = await task();
    const mark = (who: TestSession) => api.ask('POST', `/api/v2/tasks/${id}/done`, { headers: who.headers });
    expect((await get('/tasks')).json.tasks.map((one: { id: string }) => one.id)).toContain(id);
    expect(await mark(support)).toMatchObject({
      status: 200,
      json: { done_at: now.toISOString(), done_by: 'Grace Hopper' },
    });
    await mark(admin);
    expect(await db.sql(`select done_by from staff_task where id = $1`, [id])).toEqual([{ done_by: support.userId }]);
    expect(
      await db.sql(`select actor_id from audit_entry where action = 'task.done' and object_id = $1`, [id]),
    ).toEqual([{ actor_id: support.userId }]);
    expect((await get('/tasks')).json.tasks.map((one: { id: string }) => one.id)).not.toContain(id);
    expect((await get('/tasks?done=true')).json.tasks.map((one: { id: string }) => one.id)).toContain(id);
    expect(await api.ask('POST', `/api/v2/tasks/${newId()}/done`, { headers: admin.headers })).toMatchObject({
      status: 404,
    });
  });
});

describe('audit', () => {
  it('is read by whom it is for, and filtered', async () => {
    const object = newId();
    for (const action of ['order.placed', 'order.placed', 'node.added']) {
      await insert(runs, 'audit_entry', rows.audit({ action, object_id: object, at: now }));
    }
    const list = async (query: string) => (await get(`/audit?object_id=${object}${query}`)).json.entries.length;
    expect([
      await list(''),
      await list('&action=order.placed'),
      await list('&action=order.'),
      await list('&action=order'),
    ]).toEqual([3, 2, 2, 0]);
    expect([await list(`&since=${now.toISOString()}`), await list(`&until=${now.toISOString()}`)]).toEqual([3, 0]);
    expect(await get('/audit', support)).toMatchObject({ status: 403 });
  });

  it('AUD-03: says whether the chain holds, and where it breaks', async () => {
    await db.sql(`select audit_sequence(1000)`);
    expect((await get('/audit/verify')).json).toMatchObject({ intact: true, problems: [] });
    await db.sql(`alter table audit_entry disable trigger audit_entry_erases_only`);
    await db.sql(
      `update audit_entry set action = 'forged' where id = (select entry_id from audit_chain where seq = 2)`,
    );
    await db.sql(`alter table audit_entry enable trigger audit_entry_erases_only`);
    expect((await get('/audit/verify')).json).toMatchObject({ intact: false, problems: [{ seq: 2 }] });
  });
});
