import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isBelowLeast } from '#domain/money/least-amount.ts';
import { money } from '#domain/money/money.ts';
import { GATEWAYS } from '#domain/vendors.ts';
import { openOrm, type Orm } from '../orm.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { seedCatalog } from './catalog.ts';

const asOf = new Date('2027-01-31T10:00:00Z');
let db: TestDatabase;
let owner: Orm;

beforeAll(async () => {
  db = await createTestDatabase('catalog');
  owner = await openOrm(db.ownerUrl, 2);
});
afterAll(async () => {
  await owner.close(true);
  await db.drop();
});

describe('the catalog of the first start', () => {
  it('offers three plans, monthly and yearly, in euros and dollars, with their quotas', async () => {
    expect(await seedCatalog(owner, asOf)).toBe(true);
    const prices = await db.sql(
      `select code, currency, min(amount_minor) filter (where cycle = 'monthly') as monthly, min(amount_minor) filter (where cycle = 'yearly') as yearly
        from plan join plan_price on plan_id = plan.id where plan.active and plan_price.active group by 1, 2, sort_order order by sort_order, currency`,
    );
    expect(prices).toEqual([
      { code: 'starter', currency: 'EUR', monthly: '2900', yearly: '29000' },
      { code: 'starter', currency: 'USD', monthly: '2900', yearly: '29000' },
      { code: 'professional', currency: 'EUR', monthly: '9900', yearly: '99000' },
      { code: 'professional', currency: 'USD', monthly: '9900', yearly: '99000' },
      { code: 'enterprise', currency: 'EUR', monthly: '29900', yearly: '299000' },
      { code: 'enterprise', currency: 'USD', monthly: '29900', yearly: '299000' },
    ]);
    for (const { currency, monthly } of prices as { currency: string; monthly: string }[])
      for (const gateway of GATEWAYS) expect(isBelowLeast(money(Number(monthly), currency), gateway)).toBe(false);
    const quotas = await db.sql(
      `select code, jsonb_object_agg(feature, quota) as quotas from plan join plan_quota on plan_id = plan.id group by 1, sort_order order by sort_order`,
    );
    expect(quotas).toEqual([
      { code: 'starter', quotas: { create_account: 1, create_domain: 3, create_database: 5, create_email: 10 } },
      {
        code: 'professional',
        quotas: { create_account: 5, create_domain: 25, create_database: 50, create_email: 100 },
      },
      { code: 'enterprise', quotas: { create_account: -1, create_domain: -1, create_database: -1, create_email: -1 } },
    ]);
  });

  it('is data of the staff from then on: a second start changes nothing', async () => {
    await db.sql(`update plan_price set amount_minor = 1 where currency = 'EUR'`);
    await db.sql(`update plan set name = 'Small' where code = 'starter'`);
    const before = await db.sql('select * from plan join plan_price on plan_id = plan.id order by plan_price.id');
    expect(await seedCatalog(owner, new Date('2028-01-01T00:00:00Z'))).toBe(false);
    expect(await db.sql('select * from plan join plan_price on plan_id = plan.id order by plan_price.id')).toEqual(
      before,
    );
  });
});
