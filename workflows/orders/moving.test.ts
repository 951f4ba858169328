import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { withWorkflows, type Recorded, type Workflows } from '../testing/harness.ts';
import { openIncidentOf, order, refused, smooth, stop } from '../testing/orders.ts';

const MINUTE = 60_000;
const moved = { serviceId: 'service-1', nodeId: 'node-2', hasFormerNodes: true };
const placed = { serviceId: 'service-1', nodeId: 'node-1', hasFormerNodes: false };
const NODE_2 = '0193a6e2-5c1f-7d3a-9b42-000000000002';

/** An order parks at its account, and staff decide. */
async function decide(
  { did, fakes }: Recorded,
  decision: object,
  then: (run: Workflows & { workflowId: string; end: () => Promise<unknown> }) => Promise<void>,
) {
  const of = order();
  const workflowId = `order/${of.orderId}`;
  await withWorkflows(fakes, async (run) => {
    const handle = await run.start('fulfillOrder', [of], workflowId);
    await handle.signal('paymentReported', 'inbox-1');
    await run.until(() => did.includes('openIncident'));
    const incident = await openIncidentOf(handle);
    await handle.executeUpdate('resolveIncident', { args: [{ incident, actor: 'sam', decision }] });
    await then({ ...run, workflowId, end: () => handle.result() });
  });
}
const toNode2 = { action: 'retry', input: { nodeId: NODE_2, username: 'inesmoreau' } };
const away = () => ApplicationFailure.create({ type: 'VendorUnavailable', message: 'ams-1 did not answer' });

describe('an account that staff try on another node', () => {
  it('has its new slot before anything is deleted on the old node', async () => {
    const run = smooth({ ensureAccount: [refused('no'), 'ready'], placeService: [placed, moved] });
    await decide(run, toNode2, async ({ end }) => expect(await end()).toBe('active'));
    expect(run.did.slice(run.did.lastIndexOf('placeService'))).toEqual([
      'placeService',
      'cleanUpFormerNodes',
      'ensureAccount',
      'sendWelcome',
      'activateService',
      'settleEvents',
    ]);
    const second = run.calls.filter(({ name }) => name === 'placeService')[1]!;
    expect(second.input).toMatchObject({ nodeId: NODE_2, username: 'inesmoreau' });
  });

  it('loses nothing where the new node takes nobody', async () => {
    const run = smooth({ ensureAccount: refused('no'), placeService: [placed, stop('NoFreeNode')] });
    await decide(run, toNode2, async ({ until }) =>
      until(() => run.did.filter((name) => name === 'openIncident').length > 1),
    );
    expect(run.did).not.toContain('cleanUpFormerNodes');
  });

  it('is not held up by a panel that does not answer: after minutes staff have the task', async () => {
    const run = smooth({
      ensureAccount: [refused('no'), 'ready'],
      placeService: [placed, moved],
      cleanUpFormerNodes: away(),
    });
    await decide(run, toNode2, async ({ advance, until, workflowId, end }) => {
      await until(() => run.did.includes('cleanUpFormerNodes'));
      expect(run.did.filter((name) => name === 'ensureAccount')).toHaveLength(1);
      await advance(workflowId, 6 * MINUTE);
      expect(await end()).toBe('active');
    });
    expect(run.did.filter((name) => name === 'cleanUpFormerNodes').length).toBeGreaterThan(2);
    expect(run.calls.find(({ name }) => name === 'openManualTask')!.input).toMatchObject({
      serviceId: 'service-1',
      what: 'look',
      because: expect.stringContaining('ams-1 did not answer'),
    });
  });
});

describe('what is skipped is a task for staff', () => {
  const note = 'the panel is being replaced';

  it('to make the account by hand', async () => {
    const run = smooth({ ensureAccount: refused('no') });
    await decide(run, { action: 'skip', note }, async ({ end }) => expect(await end()).toBe('active'));
    const task = { serviceId: 'service-1', what: 'make', because: note };
    expect(run.calls.find(({ name }) => name === 'openManualTask')!.input).toMatchObject(task);
  });

  it('to delete it by hand', async () => {
    const run = smooth({ ensureAccount: refused('no'), deleteAccount: refused('not mine') });
    await decide(run, { action: 'abort', note: 'customer asked' }, async ({ client, until, workflowId, end }) => {
      await until(() => run.did.filter((name) => name === 'openIncident').length > 1);
      const handle = client.workflow.getHandle(workflowId);
      const incident = await openIncidentOf(handle);
      await handle.executeUpdate('resolveIncident', {
        args: [{ incident, actor: 'sam', decision: { action: 'skip', note } }],
      });
      expect(await end()).toBe('refunded');
    });
    const task = { serviceId: 'service-1', what: 'delete', because: note };
    expect(run.calls.find(({ name }) => name === 'openManualTask')!.input).toMatchObject(task);
  });
});
