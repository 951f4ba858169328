import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { insert } from '#db/testing/rows.ts';
import { newId } from '#domain/ids.ts';
import type { GatewayCheck } from '#activities/gateways/gateway.ts';
import { pretendGateway } from '#activities/testing/fake-gateway.ts';
import { createGatewayCheckActivities, type GatewayCheckActivities } from './check-gateway.ts';

const asOf = Date.parse('2026-11-21T10:00:00Z');
const HOUR = 3_600_000;
const passes: GatewayCheck = {
  ok: true,
  mode: 'test',
  webhookUrl: 'https://portal.example/webhooks/stripe/main',
  steps: [{ name: 'Secret key', ok: true, message: 'Accepted.' }],
};
const fails = (stop: 'VendorUnauthorized' | 'VendorUnavailable'): GatewayCheck => ({
  ok: false,
  steps: [{ name: 'Secret key', ok: false, message: 'Stripe says no.', stop }],
});

let db: TestDatabase;
let act: GatewayCheckActivities;
let found: GatewayCheck | Error;
let isOn: boolean;
let isLive: boolean;

beforeAll(async () => {
  db = await createTestDatabase('check_gateway');
  const gateway = pretendGateway('stripe');
  gateway.check = () => (found instanceof Error ? Promise.reject(found) : Promise.resolve(found));
  act = createGatewayCheckActivities({
    orm: await db.orm('worker'),
    gateways: { of: () => gateway, all: () => [gateway], has: (_name): _name is 'stripe' => isOn },
    livemode: () => isLive,
  });
});
beforeEach(async () => {
  [found, isOn, isLive] = [passes, true, false];
  await db.sql('delete from gateway_health');
  await db.sql(`update incident set status = 'closed' where status = 'open'`);
  await db.sql('delete from command_outbox');
});
afterAll(() => db.drop());

const watched = (at = asOf, workflowId = 'watchGateway/stripe-now') =>
  act.watchedGateway({ gateway: 'stripe', workflowId, asOf: at });
const kept = async () => (await db.sql<Record<string, unknown>>('select * from gateway_health'))[0];
const woken = async () =>
  (await db.sql<{ id: string }>('select workflow_id as id from command_outbox')).map(({ id }) => id);
const incident = (workflowType: string, workflowId: string) =>
  insert({ query: db.sql }, 'incident', {
    id: newId(),
    workflow_id: workflowId,
    workflow_type: workflowType,
    step: 'gateway',
    reason: 'VendorUnauthorized',
    gateway: 'stripe',
    message: 'refused',
    choices: '[]',
    status: 'open',
    opened_at: new Date(asOf),
  });

describe('what a check found', () => {
  it('is kept for staff, with the mode and where events go to', async () => {
    expect(await watched()).toBe('well');
    expect(await kept()).toMatchObject({
      gateway: 'stripe',
      account: 'main',
      health: 'healthy',
      mode: 'test',
      webhook_url: passes.webhookUrl,
      steps: passes.steps,
      checked_at: new Date(asOf),
    });
  });

  it('says which right is missing, and what was known before stays', async () => {
    await watched();
    found = fails('VendorUnauthorized');
    expect(await watched(asOf + HOUR)).toEqual({
      stop: 'VendorUnauthorized',
      message: 'Secret key: Stripe says no.',
      gateway: 'stripe',
      adapter: 'stripe',
    });
    expect(await kept()).toMatchObject({ health: 'failing', mode: 'test', webhook_url: passes.webhookUrl });
    expect((await kept())!['steps']).toEqual([{ name: 'Secret key', ok: false, message: 'Stripe says no.' }]);
  });

  it('is not overwritten by a check that began earlier', async () => {
    await watched(asOf + HOUR);
    found = fails('VendorUnauthorized');
    await act.checkGateway({ gateway: 'stripe', asOf });
    expect(await kept()).toMatchObject({ health: 'healthy', checked_at: new Date(asOf + HOUR) });
  });

  it('is wrong where credentials for test money meet a configuration for live money', async () => {
    isLive = true;
    expect(await watched()).toMatchObject({
      stop: 'VendorRefused',
      message: expect.stringContaining('for test money and the configuration says live'),
    });
    expect(await kept()).toMatchObject({ health: 'failing', mode: 'test' });
  });
});

describe('the regular check', () => {
  it('is tried again while the gateway is away, and a check by staff says so at once', async () => {
    found = fails('VendorUnavailable');
    await expect(watched()).rejects.toMatchObject({ name: 'VendorUnavailable', where: { gateway: 'stripe' } });
    expect(await act.checkGateway({ gateway: 'stripe', asOf })).toMatchObject({ ok: false });
  });

  it('parks on what nobody foresaw', async () => {
    found = new TypeError('x is not a function');
    expect(await watched()).toMatchObject({ stop: 'Unexpected', message: 'Check the gateway: x is not a function' });
  });

  it('ends where the gateway is switched off, and keeps nothing of it', async () => {
    isOn = false;
    expect(await watched()).toBe('off');
    expect(await kept()).toBeUndefined();
  });

  it('closes the incident that a broken off watch left, and no other', async () => {
    await incident('watchGateway', 'watchGateway/stripe-then');
    await incident('watchGateway', 'watchGateway/stripe-now');
    await incident('fulfillOrder', 'order/1');
    await watched();
    expect(await db.sql(`select workflow_id as id from incident where status = 'open' order by 1`)).toEqual([
      { id: 'order/1' },
      { id: 'watchGateway/stripe-now' },
    ]);
  });
});

it('what waits at the gateway tries again once it is well, also when staff found that out', async () => {
  found = fails('VendorUnauthorized');
  await watched();
  await incident('fulfillOrder', 'order/2');
  await incident('watchGateway', 'watchGateway/stripe-now');
  await act.checkGateway({ gateway: 'stripe', asOf: asOf + 1 });
  expect(await woken()).toEqual([]);
  found = passes;
  await act.checkGateway({ gateway: 'stripe', asOf: asOf + 2 });
  expect((await woken()).toSorted()).toEqual(['order/2', 'watchGateway/stripe-now']);
  const told = await db.sql(
    `select action, reason from audit_entry where object_type = 'gateway' order by id desc limit 2`,
  );
  expect(told).toEqual([
    { action: 'gateway.healthy', reason: null },
    { action: 'gateway.failing', reason: 'Stripe says no.' },
  ]);
});
