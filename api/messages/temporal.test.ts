import { afterEach, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { recorded, testSetting, TEST_PAYLOAD_KEYS, withWorkflows, type Fakes } from '#workflows/testing/harness.ts';
import { NAMESPACE } from '#temporal-config/search-attributes.ts';
import { createTemporal, type Temporal } from './temporal.ts';
import { searchAttributes } from './workflow-sender.ts';

const base64 = Buffer.alloc(32, 9).toString('base64');
const configuration = (env: Record<string, string> = {}) =>
  readConfiguration('api', {
    DATABASE_API_URL: 'postgres://u@h/d',
    DATABASE_LICENSE_URL: 'postgres://u@h/d',
    SEAL_KEYS: `k:${base64}`,
    LICENSE_PEPPER: base64,
    SESSION_SECRET: base64,
    PUBLIC_URL: 'https://portal.test',
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_ADDRESS: testSetting('HOSTWRIGHT_TEST_TEMPORAL'),
    TEMPORAL_PAYLOAD_KEYS: `${TEST_PAYLOAD_KEYS[0]!.id}:${TEST_PAYLOAD_KEYS[0]!.key.toString('base64')}`,
    ...env,
  });

const opened: Temporal[] = [];
const open = (env?: Record<string, string>) => {
  const temporal = createTemporal(configuration(env));
  opened.push(temporal);
  return temporal;
};
afterEach(async () => {
  for (const temporal of opened.splice(0)) await temporal.close();
});

/** A settlement whose refund is refused: it waits for a person. */
const stuck = () =>
  recorded({
    settleEvents: { refund: ['refund-1'] },
    sendRefund: { stop: 'RefundFailed', message: 'Stripe did not refund.' },
    keepAsCredit: undefined,
    openIncident: undefined,
    closeIncident: undefined,
  });

async function withStuck(
  test: (given: { temporal: Temporal; id: string; incident: string; result(): Promise<unknown> }) => Promise<void>,
) {
  const { did, calls, fakes } = stuck();
  const id = `settlement/${newId()}`;
  await withWorkflows(fakes, async ({ start, until }) => {
    const handle = await start('settlePayment', [{ inboxId: newId() }], id);
    await until(() => did.includes('openIncident'));
    const incident = String(calls.find(({ name }) => name === 'openIncident')!.input['id']);
    await test({ temporal: open(), id, incident, result: () => handle.result() });
  });
}

describe('Temporal, as the API uses it', () => {
  it('starts a workflow once, however often it is told, also when it has ended', async () => {
    const { did, fakes } = recorded({ settleEvents: { refund: [] } });
    const id = `settlement/${newId()}`;
    await withWorkflows(fakes as Fakes, async ({ client, until, taskQueue }) => {
      const temporal = open({ TASK_QUEUE: taskQueue });
      const start = { workflowId: id, type: 'settlePayment', args: [{ inboxId: 'row' }], search: { OrderId: 'o-1' } };
      await Promise.all([temporal.start(start), temporal.start(start)]);
      await until(async () => (await client.workflow.getHandle(id).describe()).status.name === 'COMPLETED');
      await temporal.start(start);
      const { searchAttributes: found } = await client.workflow.getHandle(id).describe();
      expect(found['OrderId']).toEqual(['o-1']);
    });
    expect(did).toEqual(['settleEvents']);
  });

  it('says whether a signal found somebody', async () => {
    await withStuck(async ({ temporal, id }) => {
      const signal = { signal: 'conditionsChanged', args: ['test'] };
      expect(await temporal.signal({ workflowId: id, ...signal })).toBe(true);
      expect(await temporal.signal({ workflowId: `settlement/${newId()}`, ...signal })).toBe(false);
    });
  });

  it('what begins later is there and found, runs nothing, and wakes with the first signal', async () => {
    const subscriptionId = newId();
    const { did, fakes } = recorded({ readSubscription: { ended: true, nextAction: 'none', nextActionAtMs: 0 } });
    const workflowId = `subscription/${subscriptionId}`;
    const nextActionAtMs = Date.now() + 30 * 86_400_000;
    const args = [{ subscriptionId, customerId: newId(), serviceId: newId(), nextAction: 'renew', nextActionAtMs }];
    const kept = { type: 'keepSubscription', args, search: { Phase: 'active' } };
    await withWorkflows(fakes, async ({ client, taskQueue }) => {
      const temporal = open({ TASK_QUEUE: taskQueue });
      await temporal.start({ workflowId, ...kept, delayMs: 30 * 86_400_000 });
      const handle = client.workflow.getHandle(workflowId);
      const { status, searchAttributes: found, historyLength } = await handle.describe();
      expect([status.name, found['Phase'], historyLength]).toEqual(['RUNNING', ['active'], 1]);
      const signal = { workflowId, signal: 'subscriptionChanged', args: [{ id: 'a' }], wakes: kept };
      expect(await temporal.signal(signal)).toBe(true);
      expect(await handle.result()).toBe('ended');
      // It is neither told nor started again.
      expect(await temporal.signal(signal)).toBe(false);
    });
    expect(did).toEqual(['readSubscription']);
  });

  it('a decision reaches the parked step and is answered; sent again it is the same decision', async () => {
    await withStuck(async ({ temporal, id, incident, result }) => {
      const command = { incident, actor: 'sam', decision: { action: 'skip' as const, note: 'agreed' } };
      const answers = await Promise.all([1, 2].map(() => temporal.resolveIncident(id, command, incident)));
      expect(answers).toEqual(Array(2).fill(expect.stringContaining('skip accepted')));
      expect(await result()).toBe('settled');
      await expect(temporal.resolveIncident(id, command, 'another')).rejects.toMatchObject({
        status: 404,
        code: 'workflow_not_running',
      });
    });
  });

  it('a decision the workflow refuses is told with its words', async () => {
    await withStuck(async ({ temporal, id }) => {
      const command = { incident: newId(), actor: 'sam', decision: { action: 'skip' as const, note: '' } };
      await expect(temporal.resolveIncident(id, command, newId())).rejects.toMatchObject({
        name: 'Problem',
        status: 409,
        code: 'decision_refused',
        message: expect.stringMatching(/incident/i),
      });
    });
  });

  it('an activity runs on a worker and answers; its failure is told by its message', async () => {
    const fakes: Fakes = {
      checkNode: async ({ nodeId }: { nodeId: string }) => ({ ok: true, nodeId }),
      setServicePassword: async () => {
        throw new Error('The panel on ams-1 refused the password: too short.');
      },
    };
    await withWorkflows(fakes, async ({ taskQueue }) => {
      const temporal = open({ TASK_QUEUE: taskQueue });
      expect(await temporal.executeActivity('checkNode', [{ nodeId: 'n1' }], `check/${newId()}`)).toEqual({
        ok: true,
        nodeId: 'n1',
      });
      await expect(temporal.executeActivity('setServicePassword', [{}], `set/${newId()}`)).rejects.toMatchObject({
        status: 502,
        code: 'set_service_password_failed',
        message: 'The panel on ams-1 refused the password: too short.',
      });
    });
  });

  it('an activity nobody takes on is 503, and says that nothing is lost', async () => {
    const temporal = open({ TASK_QUEUE: `nobody-${newId()}` });
    await expect(temporal.executeActivity('checkNode', [{}], newId())).rejects.toMatchObject({
      status: 503,
      code: 'workflows_unavailable',
    });
  });

  it('is made and closed without a server, and says so when asked', async () => {
    const temporal = open({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    await expect(temporal.ping()).rejects.toThrow();
    await expect(
      temporal.resolveIncident('order/x', { incident: 'i', actor: 'a', decision: { action: 'skip', note: '' } }, 'u'),
    ).rejects.toMatchObject({ status: 503 });
  });
});

describe('search attributes', () => {
  it('have the types of the namespace', () => {
    expect(searchAttributes({ OrderId: 'o', NextActionAt: '2026-01-02T03:04:05Z' }).map(({ value }) => value)).toEqual([
      'o',
      new Date('2026-01-02T03:04:05Z'),
    ]);
  });
  it('one that is not declared is refused before the server refuses the start', () => {
    expect(() => searchAttributes({ Colour: 'red' })).toThrow('"Colour" is not a search attribute');
  });
});
