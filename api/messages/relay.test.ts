import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { inTransaction, openOrm, type Orm } from '#db/orm.ts';
import { query, statement } from '#db/statements.ts';
import { openWire } from '#db/testing/wire.ts';
import { signalLater, startLater } from '#db/messages/outbox.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createLog } from '../operation/log.ts';
import { createRelay } from './relay.ts';
import type { WorkflowSender } from './workflow-sender.ts';

let db: TestDatabase;
let orm: Orm;
beforeAll(async () => {
  db = await createTestDatabase('relay');
  orm = await db.orm('api', 12);
});
beforeEach(() => db.sql('delete from command_outbox'));
afterAll(() => db.drop());

const log = createLog('error', { write: () => {} });
const asOf = new Date('2026-11-21T10:00:00Z');

/** A Temporal that remembers what it was told, with the failures a test wants. */
function remembering({ fail }: { fail?: (name: string, nth: number) => Error | undefined } = {}) {
  const told: string[] = [];
  const tried = new Map<string, number>();
  const running = new Set<string>();
  const attempt = (name: string) => {
    const nth = (tried.get(name) ?? 0) + 1;
    tried.set(name, nth);
    const error = fail?.(name, nth);
    if (error) throw error;
  };
  const temporal: WorkflowSender = {
    async start({ workflowId, type, args, delayMs }) {
      attempt(`start ${workflowId}`);
      running.add(workflowId);
      told.push(`start ${type} ${workflowId} ${JSON.stringify(args)}${delayMs ? ` in ${delayMs} ms` : ''}`);
    },
    async signal({ workflowId, signal, args, wakes }) {
      attempt(`signal ${workflowId}`);
      if (!running.has(workflowId)) return false;
      const how = wakes ? ` wakes ${JSON.stringify(wakes)}` : '';
      told.push(`signal ${signal} ${workflowId} ${JSON.stringify(args)}${how}`);
      return true;
    },
  };
  return { temporal, told, running };
}

const waiting = () => db.sql(`select workflow_id, tries, last_error, due_at from command_outbox where sent_at is null`);
/** One pass: what it took on is written when it has stopped. */
async function drain(relay: ReturnType<typeof createRelay>) {
  relay.kick();
  await relay.stop();
}
const write = (work: (em: Parameters<Parameters<typeof inTransaction>[1]>[0]) => void) =>
  inTransaction(orm, async (em) => work(em));
const order = () => `order/${newId()}`;

const NOTHING = statement('nothing', 'select');

describe('the relay', () => {
  it('sends a start with its search attributes, and never again', async () => {
    const { temporal, told } = remembering();
    const id = order();
    await write((em) => startLater(em, { workflowId: id, type: 'fulfillOrder', args: [{ orderId: 'o' }] }, asOf));
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    expect(told).toEqual([`start fulfillOrder ${id} [{"orderId":"o"}]`]);
    expect(await waiting()).toEqual([]);
  });

  it('sends a signal only after the start of its workflow, also when both wait', async () => {
    const { temporal, told } = remembering();
    const id = order();
    await write((em) => {
      signalLater(em, { workflowId: id, signal: 'paymentReported', args: ['row-1'], key: 'row-1' }, asOf);
      startLater(em, { workflowId: id, type: 'fulfillOrder', args: [] }, asOf);
    });
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    expect(told.map((one) => one.split(' ')[0])).toEqual(['start']);
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    expect(told.map((one) => one.split(' ')[0])).toEqual(['start', 'signal']);
  });

  it('starts what is to begin later with a delay; who signals it before says what it is, so that it wakes', async () => {
    const { temporal, told } = remembering();
    const id = `subscription/${newId()}`;
    const search = { Phase: 'active' };
    const beginAt = new Date(asOf.getTime() + 60_000);
    const start = { workflowId: id, type: 'keepSubscription', args: [{ first: true }], search, beginAt };
    const signal = { workflowId: id, signal: 'subscriptionChanged', args: [{ id: 'a' }] };
    await write((em) => {
      startLater(em, start, asOf);
      signalLater(em, { ...signal, key: 'a' }, asOf);
    });
    const pass = (now: Date) => drain(createRelay({ orm, temporal, clock: () => now, log }));
    await pass(asOf);
    await pass(asOf);
    await write((em) => signalLater(em, { ...signal, key: 'b' }, beginAt));
    await pass(beginAt);
    expect(told).toEqual([
      `start keepSubscription ${id} [{"first":true}] in 60000 ms`,
      `signal subscriptionChanged ${id} [{"id":"a"}] wakes ${JSON.stringify({ args: start.args, type: start.type, search })}`,
      `signal subscriptionChanged ${id} [{"id":"a"}]`,
    ]);
  });

  it('a start that is sent after it was to begin begins at once', async () => {
    const { temporal, told } = remembering();
    const workflowId = `subscription/${newId()}`;
    await write((em) => startLater(em, { workflowId, type: 'keepSubscription', args: [], beginAt: asOf }, asOf));
    const late = new Date(asOf.getTime() + 1_000);
    await drain(createRelay({ orm, temporal, clock: () => late, log }));
    expect(told).toEqual([`start keepSubscription ${workflowId} []`]);
  });

  it('a payment reported to an order that has ended is settled by a workflow of its own', async () => {
    const { temporal, told } = remembering();
    await write((em) =>
      signalLater(em, { workflowId: order(), signal: 'paymentReported', args: ['row-2'], key: 'row-2' }, asOf),
    );
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    expect(told).toEqual(['start settlePayment settlement/row-2 [{"inboxId":"row-2"}]']);
    expect(await waiting()).toEqual([]);
  });

  it('the events of one payment that wait together are told in one signal; those of another order are not', async () => {
    const { temporal, told, running } = remembering();
    const [one, other] = [order(), order()];
    running.add(one).add(other);
    await write((em) => {
      for (const [workflowId, row] of [
        [one, 'row-1'],
        [other, 'row-2'],
        [one, 'row-3'],
      ] as const)
        signalLater(em, { workflowId, signal: 'paymentReported', args: [row], key: row }, asOf);
    });
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    expect(told.toSorted()).toEqual(
      [`signal paymentReported ${one} ["row-1","row-3"]`, `signal paymentReported ${other} ["row-2"]`].toSorted(),
    );
    expect(await waiting()).toEqual([]);
  });

  it('events told together that find their order ended are each settled by a workflow of its own', async () => {
    const { temporal, told } = remembering();
    const workflowId = order();
    await write((em) => {
      for (const row of ['row-1', 'row-2'])
        signalLater(em, { workflowId, signal: 'paymentReported', args: [row], key: row }, asOf);
    });
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    expect(told).toEqual([
      'start settlePayment settlement/row-1 [{"inboxId":"row-1"}]',
      'start settlePayment settlement/row-2 [{"inboxId":"row-2"}]',
    ]);
    expect(await waiting()).toEqual([]);
  });

  it('news for a parked step that is gone is noted, not kept', async () => {
    const { temporal, told } = remembering();
    await write((em) =>
      signalLater(em, { workflowId: order(), signal: 'conditionsChanged', args: ['node'], key: 'n1' }, asOf),
    );
    await drain(createRelay({ orm, temporal, clock: () => asOf, log }));
    expect(told).toEqual([]);
    expect(await db.sql('select last_error from command_outbox where sent_at is not null')).toEqual([
      { last_error: 'The workflow is not running any more; nobody waits for this.' },
    ]);
  });

  it('what fails waits longer each time, with its error and without its secrets, and is not lost', async () => {
    const away = Object.assign(new Error('14 UNAVAILABLE: postgres://u:p4ss@db/ and sk_live_0123456789'), { code: 14 });
    const { temporal, told } = remembering({ fail: (_, nth) => (nth <= 6 ? away : undefined) });
    await write((em) => startLater(em, { workflowId: order(), type: 'fulfillOrder', args: [] }, asOf));
    let now = asOf;
    const waits: number[] = [];
    for (let nth = 1; nth <= 6; nth += 1) {
      await drain(createRelay({ orm, temporal, clock: () => now, log, chance: () => 1 }));
      const [row] = (await waiting()) as { due_at: Date; last_error: string; tries: number }[];
      expect(row).toMatchObject({ tries: nth });
      expect(row!.last_error).not.toMatch(/p4ss|sk_live_0/);
      waits.push(row!.due_at.getTime() - now.getTime());
      now = row!.due_at;
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000]);
    expect(told).toEqual([]);
    await drain(createRelay({ orm, temporal, clock: () => now, log }));
    expect(told).toHaveLength(1);
  });

  it('replicas share the work: each of 200 commands is sent once', async () => {
    const { temporal, told } = remembering();
    await write((em) => {
      for (let i = 0; i < 200; i += 1) startLater(em, { workflowId: order(), type: 'fulfillOrder', args: [] }, asOf);
    });
    const relays = Array.from({ length: 4 }, () => createRelay({ orm, temporal, clock: () => asOf, log }));
    for (const relay of relays) relay.kick();
    await Promise.all(relays.map((relay) => relay.stop()));
    expect(await waiting()).toEqual([]);
    expect(told).toHaveLength(200);
    expect(new Set(told).size).toBe(200);
  });

  it('a process that dies after sending and before writing it down leaves the command to the next', async () => {
    const { temporal, told } = remembering();
    const id = order();
    await write((em) => startLater(em, { workflowId: id, type: 'fulfillOrder', args: [] }, asOf));
    const dying: WorkflowSender = {
      ...temporal,
      async start(start) {
        await temporal.start(start);
        await db.sql(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'hostwright_api'`,
          [db.name],
        );
      },
    };
    await drain(createRelay({ orm, temporal: dying, clock: () => asOf, log }));
    expect(await waiting()).toHaveLength(1);
    await drain(createRelay({ orm: await db.orm('api', 1), temporal, clock: () => asOf, log }));
    expect(await waiting()).toEqual([]);
    expect(told).toEqual([`start fulfillOrder ${id} []`, `start fulfillOrder ${id} []`]);
  });

  it('sends what its own process commits right after the commit, without waiting for its next look', async () => {
    const { temporal, told } = remembering();
    // One connection, so that what is asked next is answered after the relay's first look.
    const single = await db.orm('worker', 1);
    const relay = createRelay({ orm: single, temporal, clock: () => asOf, log });
    relay.start();
    await query(single, NOTHING);
    const id = order();
    await inTransaction(single, async (em) => startLater(em, { workflowId: id, type: 'fulfillOrder', args: [] }, asOf));
    await relay.stop();
    expect(told).toEqual([`start fulfillOrder ${id} []`]);
  });

  it('costs one statement when it looks and nothing waits', async () => {
    const wire = await openWire(db.ownerUrl);
    const watched = await openOrm(wire.through(db.url('worker')), 1);
    await query(watched, NOTHING);
    wire.take();
    const relay = createRelay({ orm: watched, temporal: remembering().temporal, clock: () => asOf, log });
    relay.start();
    await relay.stop();
    expect(wire.take().statements).toEqual([
      'select from command_outbox where sent_at is null and due_at <= $1 limit 1',
    ]);
    await watched.close(true);
    wire.close();
  });
});
