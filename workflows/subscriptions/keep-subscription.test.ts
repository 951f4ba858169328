import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '../testing/harness.ts';

const DAY = 86_400_000;
const kept = (nextActionAtMs: number | null) => ({
  subscriptionId: newId(),
  customerId: newId(),
  serviceId: newId(),
  nextAction: 'renew',
  nextActionAtMs,
});

describe('a subscription', () => {
  it('announces what is due on its day and goes on with the next, in a new run', async () => {
    const first = Date.now() + 3 * DAY;
    const { did, calls, fakes } = recorded({
      announceDueAction: (input: { dueAtMs: number }) => ({
        ended: false,
        nextAction: 'renew',
        nextActionAtMs: input.dueAtMs + 30 * DAY,
      }),
      readSubscription: { ended: true, nextAction: 'none', nextActionAtMs: 0 },
    });
    const of = kept(first);
    const id = `subscription/${of.subscriptionId}`;
    await withWorkflows(fakes, async ({ client, start, advance, until, record }) => {
      const { firstExecutionRunId } = (await start('keepSubscription', [of], id)) as unknown as {
        firstExecutionRunId: string;
      };
      await advance(id, 2 * DAY);
      expect(did).toEqual([]);
      await advance(id, DAY + 60_000);
      await until(() => did.length === 1);
      expect(calls[0]!.input).toMatchObject({ action: 'renew', dueAtMs: first });
      const handle = client.workflow.getHandle(id);
      await until(async () => (await handle.describe()).runId !== firstExecutionRunId);
      await handle.signal('subscriptionChanged', { id: 'change-1' });
      expect(await handle.result()).toBe('ended');
      await record(id, 'keepSubscription/ended');
    });
    expect(did).toEqual(['announceDueAction', 'readSubscription']);
  });

  it('is kept through hours without the database on the day something is due', async () => {
    const first = Date.now() + DAY;
    let there = false;
    const { fakes } = recorded({
      announceDueAction: () => {
        if (!there) throw new Error('connect ECONNREFUSED 127.0.0.1:5432');
        return { ended: true, nextAction: 'none', nextActionAtMs: 0 };
      },
    });
    const of = kept(first);
    const id = `subscription/${of.subscriptionId}`;
    await withWorkflows(fakes, async ({ start, advance }) => {
      const handle = await start('keepSubscription', [of], id);
      await advance(id, DAY + 60_000);
      await advance(id, 70 * 60_000);
      there = true;
      await advance(id, 60_000);
      expect(await handle.result()).toBe('ended');
    });
  });

  it('that is paid once and for all sleeps until it is told something, however long that is', async () => {
    const { did, fakes } = recorded({
      readSubscription: [
        { ended: false, nextAction: 'none', nextActionAtMs: null },
        { ended: true, nextAction: 'none', nextActionAtMs: null },
      ],
    });
    const of = { ...kept(null), nextAction: 'none' };
    const id = `subscription/${of.subscriptionId}`;
    await withWorkflows(fakes, async ({ client, start, advance, until, record }) => {
      await start('keepSubscription', [of], id);
      const handle = client.workflow.getHandle(id);
      await advance(id, 400 * DAY);
      expect(did).toEqual([]);
      // Its first task, and that of the leap in time.
      expect((await handle.describe()).historyLength).toBeLessThan(12);
      await handle.signal('subscriptionChanged', { id: 'a' });
      await until(() => did.length === 1);
      await handle.signal('subscriptionChanged', { id: 'b' });
      expect(await handle.result()).toBe('ended');
      await record(id, 'keepSubscription/paid-once');
    });
    expect(did).toEqual(['readSubscription', 'readSubscription']);
  });

  it('reads its row once for a change that is told twice', async () => {
    const far = Date.now() + 300 * DAY;
    const { did, fakes } = recorded({
      readSubscription: [
        { ended: false, nextAction: 'renew', nextActionAtMs: far },
        { ended: true, nextAction: 'none', nextActionAtMs: 0 },
      ],
    });
    const of = kept(far);
    const id = `subscription/${of.subscriptionId}`;
    await withWorkflows(fakes, async ({ client, start, until }) => {
      await start('keepSubscription', [of], id);
      const handle = client.workflow.getHandle(id);
      await handle.signal('subscriptionChanged', { id: 'a' });
      await until(() => did.length === 1);
      await handle.signal('subscriptionChanged', { id: 'a' });
      await handle.signal('subscriptionChanged', { id: 'b' });
      expect(await handle.result()).toBe('ended');
    });
    expect(did).toHaveLength(2);
  });
});
