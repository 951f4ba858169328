import { describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import { newId } from '#domain/ids.ts';
import { recorded, TEST_PAYLOAD_KEYS, withWorkflows, type Recorded } from '#workflows/testing/harness.ts';
import { createTime, type Surroundings } from './advance.ts';
import { bornAt } from './born-at.ts';
import { loadedDataConverter } from './payload-codec.ts';
import { NAMESPACE } from './search-attributes.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BEGIN = Date.parse('2031-11-21T10:00:00Z');

/** Executions by a clock of their own, with nothing around them but what a test says of the vendors. */
async function inVirtualTime(
  { fakes }: Recorded,
  test: (world: {
    start(type: string, argument: object, workflowId: string, delayMs?: number): Promise<unknown>;
    advanceTo(ms: number): Promise<void>;
    now(): number;
  }) => Promise<void>,
  vendors: Partial<Surroundings> = {},
): Promise<void> {
  let offsetMs = BEGIN - Date.now();
  const now = () => Date.now() + offsetMs;
  await withWorkflows(fakes, async ({ client: { connection }, taskQueue }) => {
    const service = connection.workflowService;
    const surroundings: Surroundings = {
      nowMs: now,
      setNow: (ms) => void (offsetMs = Math.max(offsetMs, ms - Date.now())),
      nextOfVendors: async () => Infinity,
      moveVendors: async () => {},
      quiet: async () => true,
      ...vendors,
    };
    const time = createTime({ service, namespace: NAMESPACE, surroundings });
    const client = new Client({
      connection,
      namespace: NAMESPACE,
      dataConverter: loadedDataConverter(TEST_PAYLOAD_KEYS),
      interceptors: { workflow: [bornAt(service, NAMESPACE, () => new Date(now()), time.watch)] },
    });
    await test({
      start: (type, argument, workflowId, delayMs) =>
        client.workflow.start(type, {
          args: [argument],
          workflowId,
          taskQueue,
          ...(delayMs && { startDelay: delayMs }),
        }),
      advanceTo: time.advanceTo,
      now,
    });
  });
}

const day = (ms: unknown) => new Date(Number(ms)).toISOString().slice(0, 10);

describe('executions in one virtual time', () => {
  it('do what is due in the order of their calendars, whosever it is', async () => {
    const run = recorded({
      openCheckout: { needsNoCheckout: false, number: 1 },
      bookPayment: { state: 'open' },
      sendPaymentReminder: undefined,
    });
    const ids = [newId(), newId()];
    await inVirtualTime(run, async ({ start, advanceTo }) => {
      const begin = (orderId: string) => start('fulfillOrder', { orderId, customerId: newId() }, `order/${orderId}`);
      await begin(ids[0]!);
      await advanceTo(BEGIN + 5.5 * HOUR);
      await begin(ids[1]!);
      await advanceTo(BEGIN + 30 * HOUR);
    });
    const instants = run.calls.map(({ input }) => input.asOf as number);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    const hours = run.calls
      .filter(({ name }) => name !== 'bookPayment')
      .map(({ name, input }) => [
        name,
        ids.indexOf(input.orderId as string),
        Math.floor(((input.asOf as number) - BEGIN) / HOUR),
      ]);
    expect(hours).toEqual([
      ['openCheckout', 0, 0],
      ['openCheckout', 1, 5],
      ['sendPaymentReminder', 0, 24],
      ['sendPaymentReminder', 1, 29],
    ]);
    // After 1, 5 and 15 minutes, then hourly: each of them once.
    expect(run.did.filter((name) => name === 'bookPayment')).toHaveLength(3 + 29 + (3 + 24));
  }, 120_000);

  it('are followed over runs that continue as new', async () => {
    const following = ['2031-12-14', '2032-01-14', '2032-02-14'].map((date) => Date.parse(`${date}T00:00:00Z`));
    const run = recorded({
      announceDueAction: following
        .slice(1)
        .map((nextActionAtMs) => ({ ended: false, nextAction: 'renew', nextActionAtMs })),
    });
    const subscriptionId = newId();
    const kept = {
      subscriptionId,
      customerId: newId(),
      serviceId: newId(),
      nextAction: 'renew',
      nextActionAtMs: following[0],
    };
    await inVirtualTime(run, async ({ start, advanceTo }) => {
      await start('keepSubscription', kept, `subscription/${subscriptionId}`);
      await advanceTo(following[1]! + DAY);
    });
    expect(run.calls.map(({ input }) => day(input.asOf))).toEqual(['2031-12-14', '2032-01-14']);
  }, 120_000);

  it('begin when the delay of their start is over, by the same time', async () => {
    const run = recorded({ announceDueAction: { ended: true } });
    const subscriptionId = newId();
    const kept = { subscriptionId, customerId: newId(), serviceId: newId(), nextAction: 'renew' };
    const nextActionAtMs = BEGIN + 31 * DAY;
    await inVirtualTime(run, async ({ start, advanceTo }) => {
      const id = `subscription/${subscriptionId}`;
      await start('keepSubscription', { ...kept, nextActionAtMs }, id, 31 * DAY);
      await advanceTo(BEGIN + 30 * DAY);
      expect(run.did).toEqual([]);
      await advanceTo(BEGIN + 40 * DAY);
    });
    expect(run.calls.map(({ input }) => day(input.asOf))).toEqual([day(nextActionAtMs)]);
  }, 120_000);

  it('wait for the next try of what failed, as for a timer', async () => {
    const run = recorded({ announceDueAction: [new Error('the database is away'), { ended: true }] });
    const subscriptionId = newId();
    const kept = { subscriptionId, customerId: newId(), serviceId: newId(), nextAction: 'renew' };
    await inVirtualTime(run, async ({ start, advanceTo }) => {
      const nextActionAtMs = BEGIN + HOUR;
      await start('keepSubscription', { ...kept, nextActionAtMs }, `subscription/${subscriptionId}`);
      await advanceTo(BEGIN + 2 * HOUR);
    });
    expect(run.did).toEqual(['announceDueAction', 'announceDueAction']);
  }, 120_000);

  it('are there already when a vendor does something by itself', async () => {
    const run = recorded({ announceDueAction: { ended: true } });
    const subscriptionId = newId();
    const kept = { subscriptionId, customerId: newId(), serviceId: newId(), nextAction: 'renew' };
    const told: string[] = [];
    let due = BEGIN + 6 * HOUR;
    await inVirtualTime(
      run,
      async ({ start, advanceTo }) => {
        await start('keepSubscription', { ...kept, nextActionAtMs: BEGIN + DAY }, `subscription/${subscriptionId}`);
        await advanceTo(BEGIN + 2 * DAY);
      },
      {
        nextOfVendors: async () => due,
        moveVendors: async (ms) => {
          if (ms < due) return;
          told.push(`${Math.floor((ms - BEGIN) / HOUR)} h, ${run.did.length} done`);
          due += 24 * HOUR;
        },
      },
    );
    expect(told).toEqual(['6 h, 0 done', '30 h, 1 done']);
  }, 120_000);
});
