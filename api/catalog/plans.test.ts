import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { seedFirstCatalog } from '#db/testing/first-catalog.ts';
import { createTestApi, type TestApi, type TestSession } from '../testing/harness.ts';

const now = new Date('2026-03-02T10:00:00Z');
let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
beforeAll(async () => {
  db = await createTestDatabase('plans');
  await seedFirstCatalog(db, now);
  api = await createTestApi(db, { clock: () => now, env: { STRIPE_WEBHOOK_SECRET: 'whsec_x' } });
  admin = await api.asStaff();
});
afterAll(() => db.drop());

const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
const call = (method: string, path: string, body?: object, who = admin) =>
  api.ask(method, `/api/v2${path}`, { headers: who.headers, ...(body && { body }) });
const onOffer = async () => (await api.ask('GET', '/api/v2/plans')).json.plans as { code: string; prices: unknown[] }[];
const planOf = async (code: string) =>
  (await call('GET', '/catalog')).json.plans.find((plan: { code: string }) => plan.code === code);

describe('what is on offer', () => {
  it('is public: plans in their order with quotas and prices by cycle and currency', async () => {
    const { status, json } = await api.ask('GET', '/api/v2/plans');
    expect(status).toBe(200);
    expect(json.plans.map(({ code }: { code: string }) => code)).toEqual(['starter', 'professional', 'enterprise']);
    expect(json.plans[0]).toMatchObject({
      quotas: { create_account: 1, create_domain: 3, create_database: 5, create_email: 10 },
      prices: [
        { cycle: 'monthly', price: { amount: '2900', currency: 'EUR' } },
        { cycle: 'yearly', price: { amount: '29000', currency: 'EUR' } },
        { cycle: 'monthly', price: { amount: '2900', currency: 'USD' } },
        { cycle: 'yearly', price: { amount: '29000', currency: 'USD' } },
      ],
    });
    expect(json.plans[0].prices.map(({ gateways }: { gateways: string[] }) => gateways)).toEqual(
      [1, 2, 3, 4].map(() => ['stripe']),
    );
    expect(Object.keys(json.plans[0])).not.toContain('packages');
  });

  it('a new plan is on offer once it has a price, and off again when staff say so', async () => {
    const wish = { code: 'mini', name: 'Mini', quotas: { create_account: 1 }, sort_order: -1 };
    const { status, json: plan } = await call('POST', '/plans', wish);
    expect(status).toBe(201);
    expect((await onOffer()).map(({ code }) => code)).not.toContain('mini');
    const price = { cycle: 'monthly', price: { amount: '900', currency: 'EUR' } };
    expect(await call('POST', `/plans/${plan.id}/prices`, price)).toMatchObject({
      status: 201,
      json: { prices: [price] },
    });
    expect((await onOffer())[0]?.code).toBe('mini');
    expect(await call('PATCH', `/plans/${plan.id}`, { active: false, name: 'Tiny' })).toMatchObject({
      json: { name: 'Tiny', active: false },
    });
    expect((await onOffer()).map(({ code }) => code)).not.toContain('mini');
    expect(await call('POST', '/plans', wish)).toMatchObject({ status: 409, json: { code: 'plan_code_taken' } });
  });
});

describe('a price on offer', () => {
  it('names the ways to pay that take it, and an order is refused at just the others', async () => {
    const both = await createTestApi(db, {
      clock: () => now,
      env: { STRIPE_WEBHOOK_SECRET: 'whsec_x', PAYPAL_WEBHOOK_ID: 'wh', PAYPAL_ENVIRONMENT: 'sandbox' },
    });
    const price = (minor: number, currency: string) =>
      db.sql(
        `insert into plan_price (id, plan_id, cycle, currency, amount_minor, created_at) select $1, id, 'monthly', $2, $3, $4 from plan where code = 'professional'`,
        [newId(), currency, minor, now],
      );
    await price(49, 'GBP');
    await price(29, 'CHF');
    await price(50, 'HUF');
    await price(0, 'PLN');
    const { json } = await both.ask('GET', '/api/v2/plans');
    const { prices } = json.plans.find(({ code }: { code: string }) => code === 'professional');
    const taking = (currency: string) =>
      prices.find((one: { cycle: string; price: { currency: string } }) => one.price.currency === currency).gateways;
    expect(['EUR', 'GBP', 'CHF', 'HUF', 'PLN'].map(taking)).toEqual([
      ['stripe', 'paypal'],
      ['stripe', 'paypal'],
      ['paypal'],
      [],
      ['stripe', 'paypal'],
    ]);
    for (const currency of ['GBP', 'CHF', 'HUF', 'PLN']) {
      for (const gateway of ['stripe', 'paypal']) {
        const buyer = await both.asCustomer(`${newId()}@example.com`);
        const wish = { plan: 'professional', cycle: 'monthly', currency, gateway };
        const headers = { ...buyer.headers, 'idempotency-key': newId() };
        const { status } = await both.ask('POST', '/api/v2/orders', { body: wish, headers });
        expect([currency, gateway, status]).toEqual([
          currency,
          gateway,
          taking(currency).includes(gateway) ? 201 : 422,
        ]);
      }
    }
    await db.sql(`update plan_price set active = false where currency in ('GBP', 'CHF', 'HUF', 'PLN')`);
  });
});

it('periods are from a week to three years, or none, shortest first; an order says which', async () => {
  const { id } = await planOf('enterprise');
  const cycles = ['one_time', 'three_yearly', 'two_yearly', 'half_yearly', 'quarterly', 'weekly'];
  for (const [at, cycle] of cycles.entries()) {
    const price = { cycle, price: { amount: String(5_000 + at), currency: 'SEK' } };
    expect((await call('POST', `/plans/${id}/prices`, price)).status).toBe(201);
  }
  const { prices } = await planOf('enterprise');
  const inSek = prices.filter(({ price }: { price: { currency: string } }) => price.currency === 'SEK');
  expect(inSek.map(({ cycle }: { cycle: string }) => cycle)).toEqual(cycles.toReversed());
  const buyer = await api.asCustomer('sven@example.com');
  const body = { plan: 'enterprise', cycle: 'half_yearly', currency: 'SEK', gateway: 'stripe' };
  const headers = { ...buyer.headers, 'idempotency-key': newId() };
  expect(await api.ask('POST', '/api/v2/orders', { body, headers })).toMatchObject({
    status: 201,
    json: { plan: { code: 'enterprise' }, cycle: 'half_yearly', total: { amount: '5003', currency: 'SEK' } },
  });
  const [line] = await db.sql(`select description from order_line where cycle = 'half_yearly'`);
  expect(line).toEqual({ description: 'Enterprise, half-yearly' });
  expect(
    await call('POST', `/plans/${id}/prices`, { cycle: 'daily', price: { amount: '1', currency: 'SEK' } }),
  ).toMatchObject({
    status: 422,
    json: { errors: [{ pointer: '/cycle' }] },
  });
  await db.sql(`update plan_price set active = false where currency = 'SEK'`);
});

describe('a plan that no node can take', () => {
  const soldOut = async (code: string) => {
    const plan = (await onOffer()).find((one) => one.code === code) as { sold_out?: boolean } | undefined;
    return plan?.sold_out;
  };

  it('is sold out where it is refused when it is full, and only then', async () => {
    const { id, when_full: before } = await planOf('enterprise');
    expect(before).toBe('wait');
    expect(await planOf('enterprise')).toMatchObject({
      sold_out: false,
      takes_orders: false,
    });
    expect(await call('PATCH', `/plans/${id}`, { when_full: 'refuse' })).toMatchObject({
      status: 200,
      json: { when_full: 'refuse', sold_out: true },
    });
    const [entry] = await db.sql(
      `select before, after from audit_entry where action = 'plan.changed' and object_id = $1 order by id desc limit 1`,
      [id],
    );
    expect(entry).toEqual({ before: { whenFull: 'wait' }, after: { whenFull: 'refuse' } });
    expect([await soldOut('enterprise'), await soldOut('starter')]).toEqual([true, false]);

    const node = await insert(runs, 'node', rows.node({ name: 'room-1', capacity: 2, slots_taken: 1 }));
    expect(await soldOut('enterprise')).toBe(true);
    await call('PUT', `/plans/${id}/packages/${node}`, { package_id: '7' });
    expect(await planOf('enterprise')).toMatchObject({ sold_out: false, takes_orders: true });
    expect(await soldOut('enterprise')).toBe(false);
    for (const change of [
      `slots_taken = 2`,
      `slots_taken = 1, draining = true`,
      `draining = false, health = 'failing'`,
    ]) {
      await db.sql(`update node set ${change} where id = $1`, [node]);
      expect(await planOf('enterprise')).toMatchObject({ sold_out: true, takes_orders: false });
      expect(await soldOut('enterprise')).toBe(true);
    }
    expect(await call('PATCH', `/plans/${id}`, { when_full: 'wait' })).toMatchObject({ json: { sold_out: false } });
    expect(await soldOut('enterprise')).toBe(false);
    await db.sql('delete from node where id = $1', [node]);
  });

  it('can be added with either way, and with no other', async () => {
    const wish = { name: 'Scarce', quotas: {} };
    expect(await call('POST', '/plans', { ...wish, code: 'scarce', when_full: 'refuse' })).toMatchObject({
      status: 201,
      json: { when_full: 'refuse', sold_out: true },
    });
    expect(await call('POST', '/plans', { ...wish, code: 'plenty' })).toMatchObject({ json: { when_full: 'wait' } });
    expect(await call('POST', '/plans', { ...wish, code: 'maybe', when_full: 'maybe' })).toMatchObject({
      status: 422,
      json: { errors: [{ pointer: '/when_full' }] },
    });
  });
});

describe('changing the catalog', () => {
  it('a price in a currency that is none is refused, with those that there are', async () => {
    const plan = (await call('GET', '/catalog')).json.plans[0];
    for (const currency of ['ZZZ', 'XXX', 'DEM', 'eur']) {
      const wish = { cycle: 'monthly', price: { amount: '100', currency } };
      expect(await call('POST', `/plans/${plan.id}/prices`, wish)).toMatchObject({
        status: 422,
        json: { errors: [{ pointer: '/price/currency', detail: expect.stringContaining('EUR') }] },
      });
    }
  });

  it('a price below what a gateway takes is refused, with gateway, currency and minimum; nothing to pay is a price', async () => {
    const { id } = await planOf('starter');
    const set = (amount: string, currency = 'EUR') =>
      call('POST', `/plans/${id}/prices`, { cycle: 'monthly', price: { amount, currency } });
    const offered = (await planOf('starter')).prices;
    expect(await set('5')).toMatchObject({
      status: 422,
      json: {
        code: 'price_too_small',
        detail: expect.stringMatching(/EUR 0\.05.*Stripe takes EUR 0\.50 at least in EUR\. Set at least that/),
        errors: [{ pointer: '/price/amount' }],
      },
    });
    expect(await set('199', 'PLN')).toMatchObject({ status: 422 });
    expect((await planOf('starter')).prices).toEqual(offered);
    const { json: free } = await call('POST', '/plans', { code: 'free', name: 'Free', quotas: {} });
    for (const amount of ['0', '50']) {
      const price = { cycle: 'monthly', price: { amount, currency: 'EUR' } };
      expect(await call('POST', `/plans/${free.id}/prices`, price)).toMatchObject({ status: 201 });
    }
    await call('PATCH', `/plans/${free.id}`, { active: false });
  });

  it('BIZ-01: a new price takes the place of the one on offer, which stays for old orders', async () => {
    const { id } = await planOf('starter');
    const wish = { cycle: 'monthly', price: { amount: '3100', currency: 'EUR' } };
    await Promise.all([call('POST', `/plans/${id}/prices`, wish), call('POST', `/plans/${id}/prices`, wish)]);
    expect(
      await db.sql(
        `select amount_minor, active from plan_price where plan_id = $1 and cycle = 'monthly' and currency = 'EUR' order by amount_minor`,
        [id],
      ),
    ).toEqual([
      { amount_minor: '2900', active: false },
      { amount_minor: '3100', active: true },
    ]);
    const [entry] = await db.sql(
      `select before, after from audit_entry where action = 'plan.price_set' and object_id = $1 order by id limit 1`,
      [id],
    );
    expect(entry).toEqual({ before: { monthly: 'EUR 29.00' }, after: { monthly: 'EUR 31.00' } });
  });

  it.each(['-1', '+1', '1e3', '12.99', 'NaN', '', '0x10', ' 1', '1'.repeat(13)])(
    'IN-08: "%s" is not an amount',
    async (amount) => {
      const { id } = await planOf('starter');
      const wish = { cycle: 'monthly', price: { amount, currency: 'EUR' } };
      expect(await call('POST', `/plans/${id}/prices`, wish)).toMatchObject({
        status: 422,
        json: { errors: [{ pointer: '/price/amount' }] },
      });
    },
  );

  it('quotas are replaced as a whole', async () => {
    const { id } = await planOf('professional');
    const quotas = { create_account: 7, create_domain: -1 };
    expect((await call('PUT', `/plans/${id}/quotas`, { quotas })).json.quotas).toEqual(quotas);
    for (const wrong of [{ create_account: -2 }, { create_account: 1.5 }, { 'Create Account': 1 }]) {
      expect(await call('PUT', `/plans/${id}/quotas`, { quotas: wrong })).toMatchObject({ status: 422 });
    }
    expect((await planOf('professional')).quotas).toEqual(quotas);
  });

  it('naming a package wakes the orders that wait for one', async () => {
    const { id } = await planOf('enterprise');
    const node = await insert(runs, 'node', rows.node());
    const workflowId = `order/${newId()}`;
    await insert(runs, 'incident', {
      id: newId(),
      workflow_id: workflowId,
      workflow_type: 'fulfillOrder',
      step: 'account',
      reason: 'PackageMissing',
      message: 'no package',
      choices: '[]',
      status: 'open',
      opened_at: now,
    });
    const path = `/plans/${id}/packages/${node}`;
    expect((await call('PUT', path, { package_id: '7' })).json.packages).toEqual([{ node_id: node, package_id: '7' }]);
    expect((await call('PUT', path, { package_id: '8' })).json.packages).toEqual([{ node_id: node, package_id: '8' }]);
    const signals = await db.sql(`select 1 from command_outbox where workflow_id = $1 and name = 'conditionsChanged'`, [
      workflowId,
    ]);
    expect(signals).toHaveLength(2);
    expect((await call('DELETE', path)).json.packages).toEqual([]);
    expect(await call('DELETE', path)).toMatchObject({ status: 404 });
    expect(await call('PUT', `/plans/${id}/packages/${newId()}`, { package_id: '7' })).toMatchObject({
      status: 404,
      json: { code: 'node_not_found' },
    });
  });

  it('is for who may write plans', async () => {
    const support = await api.asStaff('support');
    const ada = await api.asCustomer();
    const { id } = await planOf('starter');
    for (const who of [support, ada]) {
      expect(await call('PATCH', `/plans/${id}`, { name: 'Mine' }, who)).toMatchObject({ status: 403 });
      expect(
        await call('POST', `/plans/${id}/prices`, { cycle: 'monthly', price: { amount: '1', currency: 'EUR' } }, who),
      ).toMatchObject({ status: 403 });
    }
    expect(await call('GET', '/catalog', undefined, ada)).toMatchObject({ status: 403 });
    expect(await call('PATCH', `/plans/${newId()}`, { name: 'x' })).toMatchObject({
      status: 404,
      json: { code: 'plan_not_found' },
    });
  });
});
