import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { createTestApi, TEST_ORIGIN, type TestApi, type TestSession } from '../testing/harness.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import type { OrderView } from '../contracts/orders.ts';
import { createOrderWatch } from './watch.ts';

let now = new Date('2026-03-02T10:00:00Z');
let db: TestDatabase;
let api: TestApi;
let ada: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('stream');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, { env: { STRIPE_WEBHOOK_SECRET: 'whsec_x' }, clock: () => now });
  ada = await api.asCustomer();
});
afterAll(() => db.drop());

const placed = async (): Promise<string> => {
  const body = { plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' };
  const headers = { ...ada.headers, 'idempotency-key': newId() };
  return (await api.ask('POST', '/api/v2/orders', { body, headers })).json.id;
};
const setStatus = (id: string, status: string) => db.sql(`update "order" set status = $2 where id = $1`, [id, status]);

/** One reader's stream, event by event. */
async function open(id: string, who = ada, headers: Record<string, string> = {}) {
  const leave = new AbortController();
  const response = await api.app.request(
    `${TEST_ORIGIN}/api/v2/orders/${id}/events`,
    { headers: { host: new URL(TEST_ORIGIN).host, ...who.headers, ...headers }, signal: leave.signal },
    { incoming: { socket: { remoteAddress: '203.0.113.7' } } },
  );
  const reader = response.body?.getReader();
  let text = '';
  return {
    response,
    leave: () => reader?.cancel(),
    /** The next event, or nothing when the stream has closed. */
    async next(): Promise<{ event: string; id: string; data: OrderView } | undefined> {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const fields = Object.fromEntries(
            text
              .slice(0, end)
              .split('\n')
              .map((line) => line.split(/: (.*)/s)),
          );
          text = text.slice(end + 2);
          if (fields['data']) return { event: fields['event'], id: fields['id'], data: JSON.parse(fields['data']) };
          continue;
        }
        const { done, value } = await reader!.read();
        if (done) return undefined;
        text += new TextDecoder().decode(value);
      }
    },
  };
}

describe('watching an order', () => {
  it('brings it as it is, then each change, and closes when it is final', async () => {
    const id = await placed();
    const stream = await open(id);
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    expect(await stream.next()).toMatchObject({
      event: 'order',
      data: { id, status: 'awaiting_payment', checkout_url: null },
    });

    await db.sql(`update "order" set checkout_url = 'https://pay.example/1' where id = $1`, [id]);
    expect(await stream.next()).toMatchObject({ data: { checkout_url: 'https://pay.example/1' } });

    await db.sql(`insert into order_event values ($1, $2, $3, 'paid', 'paid', 'Payment of EUR 29.00 arrived.', $4)`, [
      newId(),
      id,
      ada.customerId,
      now,
    ]);
    expect((await stream.next())?.data.story.happened.map(({ kind }) => kind)).toEqual(['placed', 'paid']);

    await setStatus(id, 'active');
    const last = await stream.next();
    expect(last).toMatchObject({ event: 'order', data: { status: 'active', story: { final: true } } });
    expect(last!.id).toMatch(/\.final$/);
    expect(await stream.next()).toBeUndefined();
  });

  it('goes on after the last event a browser has seen, and tells it to stop after the final one', async () => {
    const id = await placed();
    const first = await open(id);
    const seen = (await first.next())!;
    await first.leave();

    const again = await open(id, ada, { 'last-event-id': seen.id });
    await setStatus(id, 'canceled');
    const last = (await again.next())!;
    expect(last.data.status).toBe('canceled');
    expect((await open(id, ada, { 'last-event-id': last.id })).response.status).toBe(204);
    expect(await (await open(id)).next()).toMatchObject({ data: { status: 'canceled' } });
  });

  it('says that it takes longer when only the clock has changed', async () => {
    const id = await placed();
    await db.sql(`update "order" set status = 'provisioning', paid_at = $2 where id = $1`, [id, now]);
    const stream = await open(id);
    expect((await stream.next())?.data.story.next.taking_longer).toBe(false);
    const before = now;
    now = new Date(now.getTime() + 15 * 60_000);
    expect((await stream.next())?.data.story.next.taking_longer).toBe(true);
    now = before;
    await stream.leave();
  });

  it('AUTH-10: ends with the session', async () => {
    const id = await placed();
    const stream = await open(id);
    await stream.next();
    await db.sql(`update session set ended_at = now() where user_id = $1`, [ada.userId]);
    await setStatus(id, 'active');
    expect(await stream.next()).toEqual({ event: 'signed_out', id: undefined, data: {} });
    expect(await stream.next()).toBeUndefined();
    await db.sql(`update session set ended_at = null where user_id = $1`, [ada.userId]);
  });

  it('AUTH-10: ends within five seconds of signing out, also while nothing happens', async () => {
    const bea = await api.asCustomer();
    const headers = { ...bea.headers, 'idempotency-key': newId() };
    const body = { plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' };
    const { json } = await api.ask('POST', '/api/v2/orders', { body, headers });
    const stream = await open(json.id, bea);
    expect((await stream.next())?.event).toBe('order');
    expect((await api.ask('POST', '/api/v2/sign-out', { headers: bea.headers })).status).toBe(204);
    const began = performance.now();
    expect((await stream.next())?.event).toBe('signed_out');
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await stream.next()).toBeUndefined();
  }, 15_000);

  it('whoever asks for the head alone holds none of the places', async () => {
    const bea = await api.asCustomer();
    const headers = { ...bea.headers, 'idempotency-key': newId() };
    const body = { plan: 'starter', cycle: 'monthly', currency: 'EUR', gateway: 'stripe' };
    const { json } = await api.ask('POST', '/api/v2/orders', { body, headers });
    for (let i = 0; i < 25; i += 1) {
      const { status, text } = await api.ask('HEAD', `/api/v2/orders/${json.id}/events`, { headers: bea.headers });
      expect([status, text]).toEqual([200, '']);
    }
    const stream = await open(json.id, bea);
    expect((await stream.next())?.event).toBe('order');
    await stream.leave();
  });

  it('is bounded per person', async () => {
    const id = await placed();
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(id)));
    await Promise.all(streams.map((stream) => stream.next()));
    expect((await open(id)).response.status).toBe(429);
    await Promise.all(streams.map((stream) => stream.leave()));
  });
});

it('one look serves all who watch, and nobody looks when nobody watches', async () => {
  const ids = [await placed(), await placed()];
  let looks = 0;
  const staff = new Proxy(api.parts.orm.staff, {
    get(target, name) {
      if (name === 'em') looks += 1;
      return Reflect.get(target, name) as unknown;
    },
  });
  const everybody = Promise.withResolvers<void>();
  const watch = createOrderWatch({
    orm: { ...api.parts.orm, staff },
    clock: () => now,
    onError: everybody.reject,
    everyMs: 5,
  });
  const told = new Map<number, string[]>();
  const stops = Array.from({ length: 50 }, (_, i) =>
    watch.watch(ids[i % 2]!, (version) => {
      told.set(i, [...(told.get(i) ?? []), version]);
      if (told.size === 50) everybody.resolve();
    }),
  );
  await everybody.promise;
  expect(looks).toBe(1);
  expect(watch.size()).toBe(2);
  expect(new Set([...told.values()].flat()).size).toBe(2);
  for (const stop of stops) stop();
  expect(watch.size()).toBe(0);
});
