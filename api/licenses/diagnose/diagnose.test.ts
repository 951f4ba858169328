import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { licensePepper, storeLicenseKey } from '#db/licenses/license-keys.ts';
import { buy, type Bought } from '#db/testing/bought.ts';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { newLicenseKey } from '#domain/licenses/license-key.ts';
import { decideLicense } from '#domain/licenses/license-decision.ts';
import type { Diagnosis } from '#api/contracts/diagnose.ts';
import { createTestApi, type TestApi, type TestSession } from '#api/testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
let admin: TestSession;
let seed = 0;

beforeAll(async () => {
  db = await createTestDatabase('diagnose');
  api = await createTestApi(db);
  admin = await api.asStaff();
});
afterAll(() => db.drop());

const runs = { query: (text: string, values?: unknown[]) => db.sql(text, values) };
const newKey = () => newLicenseKey('extended', (bytes) => Buffer.alloc(bytes, (seed += 1)));

/** A bought license with 3 domains of which some are in use, on a node whose panel has a key. */
async function sold({
  used = 0,
  license = {},
  key = newKey(),
}: { used?: number; license?: object; key?: string } = {}) {
  const bought = await buy(runs);
  const { hash, hint } = storeLicenseKey(
    key,
    licensePepper(api.parts.config.LICENSE_PEPPER),
    api.parts.sealer,
    bought.license_id,
  );
  const change = { key_hash: hash, key_hint: hint, ...license };
  const names = Object.keys(change);
  await db.sql(`update license set ${names.map((name, i) => `${name} = $${i + 2}`).join(', ')} where id = $1`, [
    bought.license_id,
    ...Object.values(change),
  ]);
  const quota = { license_id: bought.license_id, customer_id: bought.customer_id };
  await insert(runs, 'license_quota', { ...quota, feature: 'create_domain', quota: 3, gauge: used });
  await insert(runs, 'license_quota', { ...quota, feature: 'create_email', quota: -1 });
  await db.sql(`update service set status = 'active' where id = $1`, [bought.service_id]);
  await db.sql(`update subscription set status = 'active' where id = $1`, [bought.subscription_id]);
  await giveKey(bought);
  return { ...bought, key };
}

const giveKey = (bought: Bought, over: object = {}) =>
  insert(runs, 'panel_credential', {
    id: newId(),
    key_id: newId(),
    node_id: bought.node_id,
    secret: Buffer.from('sealed'),
    created_at: new Date(),
    last_used_at: new Date('2026-03-02T10:00:00Z'),
    ...over,
  });

const ask = (body: object, who: { headers: Record<string, string> } = admin) =>
  api.ask('POST', '/api/v2/licenses/diagnose', { body, headers: who.headers });
const diagnose = async (body: object): Promise<Diagnosis> => {
  const { status, json } = await ask(body);
  expect(status).toBe(200);
  return json as Diagnosis;
};
/** `status ✓`, `quota create_domain ✗`, in order. */
const marks = ({ checks }: Diagnosis) =>
  checks.map(({ check, feature, passed }) =>
    [check, feature, passed === null ? '·' : passed ? '✓' : '✗'].filter(Boolean).join(' '),
  );
const failed = ({ checks }: Diagnosis) => checks.filter(({ passed }) => passed === false);

describe('a license that is in order', () => {
  it('passes every check, in the order of the validation', async () => {
    const { key, license_id: id } = await sold({ used: 1 });
    const told = await diagnose({ license_key: ` ${key.toLowerCase()} ` });
    expect(told).toMatchObject({ valid: true, license: { id, status: 'active', validations: 0 } });
    expect(marks(told)).toEqual([
      'form ✓',
      'credential ✓',
      'limits ·',
      'license ✓',
      'status ✓',
      'expiry ✓',
      'quota create_domain ✓',
      'quota create_email ✓',
      'service ✓',
      'subscription ✓',
      'node ✓',
    ]);
    expect(told.answers).toEqual([
      { feature: 'create_domain', valid: true, error: null, code: 'VALID', remaining_quota: 2, limit: 3, current: 1 },
      {
        feature: 'create_email',
        valid: true,
        error: null,
        code: 'VALID',
        remaining_quota: -1,
        limit: null,
        current: null,
      },
    ]);
    expect(told.checks[1]!.says).toMatch(/1 key, last used 2026-03-02 10:00 UTC/);
  });

  it('counts as no validation', async () => {
    const { key, license_id: id } = await sold();
    await diagnose({ license_key: key });
    const counted = await db.sql(`select validations::int, last_validated_at from license where id = $1`, [id]);
    expect(counted).toEqual([{ validations: 0, last_validated_at: null }]);
  });

  it('that is in its grace period stays valid, and it is said', async () => {
    const { key } = await sold({ license: { in_grace: true } });
    const told = await diagnose({ license_key: key, feature: 'create_email' });
    expect(told).toMatchObject({ valid: true, answers: [{ code: 'GRACE' }] });
    expect(told.checks.find(({ check }) => check === 'status')!.says).toMatch(/grace/);
  });
});

describe('a license that is refused', () => {
  it.each(['suspended', 'expired', 'cancelled'] as const)('%s: at its status, with what to do', async (status) => {
    const { key, service_id: service } = await sold({ license: { status } });
    await db.sql(`update service set status = 'suspended' where id = $1`, [service]);
    const told = await diagnose({ license_key: key });
    expect(failed(told)).toEqual([
      expect.objectContaining({
        check: 'status',
        says: expect.stringContaining(`License is ${status}`),
        next: expect.any(String),
      }),
    ]);
    expect(marks(told)).toEqual(expect.arrayContaining(['expiry ·', 'quota create_domain ·']));
    expect(told.valid).toBe(false);
  });

  it('past its end: at its expiry', async () => {
    const { key } = await sold({ license: { expires_at: new Date('2020-01-01T00:00:00Z') } });
    const told = await diagnose({ license_key: key });
    expect(failed(told)).toMatchObject([{ check: 'expiry', says: expect.stringContaining('2020-01-01') }]);
    expect(told.answers[0]).toMatchObject({ code: 'EXPIRED', error: 'License has expired' });
  });

  it('over its quota: at that feature alone', async () => {
    const { key } = await sold({ used: 3 });
    const told = await diagnose({ license_key: key });
    expect(failed(told)).toMatchObject([
      { check: 'quota', feature: 'create_domain', says: expect.stringMatching(/3 of 3/) },
    ]);
    expect(told.valid).toBe(false);
    expect(await diagnose({ license_key: key, feature: 'create_email' })).toMatchObject({ valid: true });
  });

  it('for a feature the plan does not name', async () => {
    const { key } = await sold();
    const told = await diagnose({ license_key: key, feature: 'create_rocket' });
    expect(told).toMatchObject({ valid: false, answers: [{ code: 'FEATURE_UNKNOWN' }] });
    expect(failed(told)).toMatchObject([{ check: 'quota', feature: 'create_rocket' }]);
  });

  it('unknown: at its existence, and with a wrong symbol at its form', async () => {
    const key = newKey();
    const unknown = await diagnose({ license_key: key });
    expect(unknown).toMatchObject({
      valid: false,
      license: null,
      answers: [{ feature: null, error: 'Invalid license key' }],
    });
    expect(failed(unknown).map(({ check }) => check)).toEqual(['license']);
    const mistyped = await diagnose({ license_key: `${key.slice(0, -1)}${key.endsWith('X') ? 'Y' : 'X'}` });
    expect(mistyped.answers[0]!.error).toBe('Invalid license key format');
    expect(failed(mistyped).map(({ check }) => check)).toEqual(['form']);
  });

  it('of another node: told apart for staff, answered like an unknown one to the panel', async () => {
    const { key } = await sold();
    const other = await buy(runs);
    await giveKey(other);
    const told = await diagnose({ license_key: key, node_id: other.node_id });
    expect(told.answers[0]).toMatchObject({ error: 'Invalid license key', code: 'NOT_FOUND' });
    expect(failed(told)).toMatchObject([{ check: 'license', says: expect.stringContaining('not on') }]);
    expect(told.license!.node!.id).not.toBe(other.node_id);
  });

  it('imported, of a form we do not issue: that alone refuses nothing', async () => {
    const { key } = await sold({ key: 'OLD-KEY-1234' });
    const told = await diagnose({ license_key: key });
    expect(told.valid).toBe(true);
    expect(told.checks[0]).toMatchObject({ check: 'form', passed: true, says: expect.stringContaining('imported') });
  });
});

describe('around the license', () => {
  it('says that its panel has no key to ask with', async () => {
    const { key, node_id: node } = await sold();
    await db.sql(`update panel_credential set revoked_at = now() where node_id = $1`, [node]);
    const told = await diagnose({ license_key: key });
    expect(failed(told)).toMatchObject([{ check: 'credential', next: expect.stringContaining('/panel-credentials') }]);
    // The license itself is in order.
    expect(told.valid).toBe(true);
  });

  it('says when service, subscription or node disagree with it', async () => {
    const { key, ...of } = await sold();
    await db.sql(`update service set status = 'suspended' where id = $1`, [of.service_id]);
    await db.sql(`update subscription set status = 'canceled' where id = $1`, [of.subscription_id]);
    await db.sql(`update node set health = 'failing' where id = $1`, [of.node_id]);
    expect(failed(await diagnose({ license_key: key })).map(({ check }) => check)).toEqual([
      'service',
      'subscription',
      'node',
    ]);
  });

  it('decides by the very rule that serves panels', async () => {
    const { key } = await sold({ used: 2 });
    const { code, error, remaining, limit, current } = decideLicense(
      {
        status: 'active',
        inGrace: false,
        endsInSeconds: null,
        unnamedFeatures: 'deny',
        quota: { quota: 3, gauge: 2, held: 0 },
      },
      'create_domain',
      true,
    );
    const told = await diagnose({ license_key: key, feature: 'create_domain' });
    expect(told.answers).toEqual([
      { feature: 'create_domain', valid: error === null, error, code, remaining_quota: remaining, limit, current },
    ]);
  });
});

describe('who may', () => {
  it('AUTHZ-01: staff who may read licenses, nobody else', async () => {
    const body = { license_key: newKey() };
    const customer = await api.asCustomer();
    const key = await api.asKey(admin.userId, ['orders.read']);
    expect((await ask(body, await api.asStaff('support'))).status).toBe(200);
    expect((await ask(body, customer)).status).toBe(403);
    expect((await ask(body, key)).status).toBe(403);
    expect((await ask(body, { headers: {} })).status).toBe(401);
  });

  it('LOG-02: the key is in no log line and in no refusal', async () => {
    const { key } = await sold();
    await diagnose({ license_key: key });
    const refused = await ask({ license_key: key, node_id: newId() });
    expect(refused).toMatchObject({ status: 422, json: { code: 'node_unknown' } });
    expect(refused.text).not.toContain(key);
    expect(JSON.stringify(api.logged)).not.toContain(key);
    expect(api.logged.length).toBeGreaterThan(0);
  });

  it('refuses fields it does not know', async () => {
    expect(await ask({ license_key: newKey(), reveal: true })).toMatchObject({
      status: 422,
      json: { errors: [{ pointer: '/reveal' }] },
    });
  });

  it('does not need a node that is named to be the license’s', async () => {
    const node = await insert(runs, 'node', rows.node());
    const told = await diagnose({ license_key: newKey(), node_id: node });
    expect(failed(told).map(({ check }) => check)).toEqual(['credential', 'license']);
  });
});
