import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrm, type Orm } from '#db/orm.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { EXAMPLE_KEY } from '#domain/configuration/production.ts';
import { startWorker } from './main.ts';
import { assertSafeStart } from './start-check.ts';

const base64 = () => randomBytes(32).toString('base64');
const SHARED = base64();
const HEADS = { AUDIT_HEADS_FILE: '/audit/heads.jsonl', AUDIT_HEAD_KEY: `a:${SHARED}` };

let db: TestDatabase;
let orm: Orm;
beforeAll(async () => {
  db = await createTestDatabase('workercheck');
  orm = await db.orm('worker', 2);
});
afterAll(() => db.drop());

const configuration = (env: Record<string, string> = {}) =>
  readConfiguration('worker', {
    NODE_ENV: 'production',
    DATABASE_WORKER_URL: db.url('worker'),
    TEMPORAL_PAYLOAD_KEYS: `a:${base64()}`,
    SEAL_KEYS: `a:${base64()}`,
    LICENSE_PEPPER: base64(),
    PUBLIC_URL: 'https://portal.example',
    SMTP_HOST: 'mail.example',
    ...env,
  });

describe('AUTH-15: the worker refuses a start that is not safe in production', () => {
  it('takes a safe configuration and the role the migrations made', async () => {
    await expect(assertSafeStart(configuration(), orm, [])).resolves.toBeUndefined();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a missing secret', { LICENSE_PEPPER: '' }, /LICENSE_PEPPER: is missing/],
    ['a short secret', { LICENSE_PEPPER: randomBytes(31).toString('base64') }, /LICENSE_PEPPER: needs at least 32/],
    ['a short key', { SEAL_KEYS: `a:${randomBytes(16).toString('base64')}` }, /SEAL_KEYS: needs exactly 32/],
  ])('AUTH-15: %s ends the reading of the configuration', (_, env, why) => {
    expect(() => configuration(env)).toThrow(why);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a secret somebody made up', { LICENSE_PEPPER: Buffer.alloc(32, 1).toString('base64') }, /PEPPER is not random/],
    ['the example of the documentation', { SEAL_KEYS: `a:${EXAMPLE_KEY}` }, /SEAL_KEYS "a" is the example/],
    ['a key for heads that is also another', { ...HEADS, LICENSE_PEPPER: SHARED }, /same as another secret/],
    ['one secret for two purposes', { SEAL_KEYS: `a:${SHARED}`, LICENSE_PEPPER: SHARED }, /same as another secret/],
    ['debug logs', { LOG_LEVEL: 'debug' }, /LOG_LEVEL is debug/],
    ['links in plain HTTP', { PUBLIC_URL: 'http://portal.example' }, /PUBLIC_URL is not https/],
    ['a simulated Stripe', { STRIPE_API_BASE: 'http://127.0.0.1:4001' }, /STRIPE_API_BASE is for simulators/],
    ['a simulated PayPal', { PAYPAL_ENVIRONMENT: 'simulator' }, /PAYPAL_ENVIRONMENT is simulator/],
    ['the address of a simulated PayPal', { PAYPAL_API_BASE: 'http://127.0.0.1:4002' }, /PAYPAL_API_BASE is for simul/],
    [
      'trust in a simulated PayPal',
      { PAYPAL_TRUST: '{"hosts":["http://127.0.0.1:4002"],"roots":["PEM"]}' },
      /PAYPAL_TRUST is for simulators/,
    ],
  ])('AUTH-15: refuses %s', async (_, env, why) => {
    await expect(assertSafeStart(configuration(env), orm, [])).rejects.toThrow(why);
  });

  it('AUTH-15: refuses an open debugger', async () => {
    await expect(assertSafeStart(configuration(), orm, ['--inspect-brk'])).rejects.toThrow(/debugger/);
  });

  it('AUTH-15: refuses a superuser', async () => {
    const owner = await openOrm(db.ownerUrl, 1);
    const refusal = assertSafeStart(configuration(), owner, []);
    await expect(refusal).rejects.toThrow(/DATABASE_WORKER_URL signs in as \w+, which is a superuser/);
    await owner.close(true);
  });

  it.each([
    ['bypasses row-level security', 'bypassrls', () => []],
    ['owns tables', 'nobypassrls', (role: string) => [`grant create on schema public to ${role}`, `set role ${role}`]],
    ['may become hostwright_staff', 'nobypassrls', (role: string) => [`grant hostwright_staff to ${role}`]],
  ])('AUTH-15: refuses a role that %s', async (why, attribute, more) => {
    const role = `${db.name}_odd`;
    await db.sql(`create role ${role} login password 'odd' ${attribute}`);
    // One message, so that all of it runs on one connection.
    const makes = more(role);
    if (makes.length > 0)
      await db.sql(
        [...makes, ...(makes.includes(`set role ${role}`) ? ['create table odd ()', 'reset role'] : [])].join(';'),
      );
    const url = Object.assign(new URL(db.ownerUrl), { username: role, password: 'odd' });
    const odd = await openOrm(url.href, 1);
    try {
      await expect(assertSafeStart(configuration(), odd, [])).rejects.toThrow(`signs in as ${role}, which ${why}`);
    } finally {
      await odd.close(true);
      await db.sql(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it('AUTH-15: says all that is wrong at once, and no secret', async () => {
    const config = configuration({ LOG_LEVEL: 'debug', SEAL_KEYS: `a:${SHARED}`, LICENSE_PEPPER: SHARED });
    const error = (await assertSafeStart(config, orm, []).catch((each: unknown) => each)) as Error;
    expect(error.message).toMatch(/LICENSE_PEPPER is the same/);
    expect(error.message).toMatch(/LOG_LEVEL is debug/);
    expect(error.message).not.toContain(SHARED);
  });

  it('AUTH-15: the process asks before it reaches for Temporal', async () => {
    const config = configuration({ LOG_LEVEL: 'debug', TEMPORAL_ADDRESS: '127.0.0.1:1' });
    await expect(startWorker(config)).rejects.toThrow(/This is not safe in production/);
  });

  it('a trial starts with what production would refuse', async () => {
    const config = configuration({ NODE_ENV: 'development', PAYPAL_ENVIRONMENT: 'simulator', LOG_LEVEL: 'debug' });
    await expect(assertSafeStart(config, orm, ['--inspect'])).resolves.toBeUndefined();
  });
});
