import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrm, type Orm } from '#db/orm.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { openWire } from '#db/testing/wire.ts';
import type { Gateway, GatewayEvent } from '#activities/gateways/gateway.ts';
import { createSweepActivities } from './sweep-events.ts';

const asOf = Date.parse('2026-11-21T10:00:00Z');

let db: TestDatabase;
let orm: Orm;
beforeAll(async () => {
  db = await createTestDatabase('sweeps');
  orm = await db.orm('worker');
});
afterAll(() => db.drop());

const event = (gateway: string, n: number): GatewayEvent => ({
  eventId: `evt_${gateway}_${n}`,
  type: 'payment_intent.succeeded',
  createdAt: new Date(asOf - n * 1_000),
  livemode: false,
  subject: 'payment',
  objectId: `pi_${gateway}_${n}`,
  gatewayPaymentId: `pi_${gateway}_${n}`,
  reference: null,
  payload: {},
});

/** Lists so many events, three a page; the last of a page comes again with the next. */
const listing = (name: string, count: number, trouble?: Error) =>
  ({
    name,
    account: 'main',
    async *listEvents(since: Date) {
      expect(since).toEqual(new Date(asOf - 72 * 3_600_000));
      if (trouble) throw trouble;
      for (let n = 0; n < count; n += 3)
        yield Array.from({ length: Math.min(4, count - n) }, (_, i) => event(name, n + i));
    },
  }) as unknown as Gateway;

const sweepOf = (...gateways: Gateway[]) =>
  createSweepActivities({
    orm,
    gateways: { all: () => gateways } as never,
    settings: { env: 'sandbox' } as never,
    livemode: () => false,
  }).sweepGatewayEvents({ asOf });
const inbox = async (gateway: string) =>
  (await db.sql<{ n: number }>('select count(*)::int as n from webhook_inbox where gateway = $1', [gateway]))[0]!.n;

describe('HOOK-05: the sweep of events whose webhook never came', () => {
  it('takes in what the inbox lacks, once, however often it runs and whatever comes twice in the list', async () => {
    expect(await sweepOf(listing('stripe', 10))).toEqual({ found: 10 });
    expect(await sweepOf(listing('stripe', 12))).toEqual({ found: 2 });
    expect(await sweepOf(listing('stripe', 12))).toEqual({ found: 0 });
    expect(await inbox('stripe')).toBe(12);
  });

  it('reads every gateway although one does not answer, and says which', async () => {
    const away = new Error('PayPal does not answer');
    await expect(sweepOf(listing('paypal', 0, away), listing('stripe', 15))).rejects.toMatchObject({
      message: 'PayPal does not answer',
      where: { gateway: 'paypal' },
    });
    expect(await inbox('stripe')).toBe(15);
  });

  it('keeps what is said of stored methods, and counts it as nothing that was found', async () => {
    const ofMethod: GatewayEvent = {
      ...event('paypal', 1),
      type: 'VAULT.PAYMENT-TOKEN.DELETED',
      subject: 'method',
      objectId: '8kk8451t',
      gatewayPaymentId: undefined,
      methodId: '8kk8451t',
      gatewayCustomerId: 'ppc1',
      setUp: { env: 'sandbox', customerId: 'of-ours' },
    };
    const gateway = {
      name: 'paypal',
      account: 'main',
      async *listEvents() {
        yield [ofMethod];
      },
    } as unknown as Gateway;
    for (let run = 0; run < 2; run += 1) expect(await sweepOf(gateway)).toEqual({ found: 0 });
    const rows = await db.sql(`select subject, object_id, outcome from webhook_inbox where gateway = 'paypal'`);
    expect(rows).toEqual([{ subject: 'method', object_id: '8kk8451t', outcome: 'ignored' }]);
    expect(
      await db.sql(`select 1 from command_outbox where workflow_id like 'settlement/%'
      and args::text like (select '%' || id || '%' from webhook_inbox where gateway = 'paypal')`),
    ).toEqual([]);
  });

  it('asks the database once for a page of which nothing is missing', async () => {
    const wire = await openWire(db.ownerUrl);
    const counted = await openOrm(wire.through(db.url('worker')), 2);
    await createSweepActivities({
      orm: counted,
      gateways: { all: () => [listing('stripe', 15)] } as never,
      settings: { env: 'sandbox' } as never,
      livemode: () => false,
    }).sweepGatewayEvents({ asOf });
    expect(wire.take().statements.filter((sql) => sql.includes('webhook_inbox'))).toHaveLength(5);
    await counted.close(true);
    wire.close();
  });
});
