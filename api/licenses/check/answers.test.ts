import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LicenseAnswer } from '#api/contracts/validate.ts';
import { newLicenseKey } from '#domain/licenses/license-key.ts';
import { randomBytes } from 'node:crypto';
import { signAnswer } from '../signatures/panel-signature.ts';
import { licenseTestBed, NOW_MS, PATH, plain, read, type LicenseTestBed, type PanelKeys } from '../testing/harness.ts';

let bed: LicenseTestBed;
let server: ReturnType<LicenseTestBed['open']>;
let nodeId: string;
let panel: PanelKeys;

beforeAll(async () => {
  bed = await licenseTestBed();
  server = bed.open();
  nodeId = await bed.node();
  panel = await bed.panel(nodeId);
});
afterAll(() => bed.close());

const freshKey = () => newLicenseKey('extended', randomBytes);
const ask = async (license_key: string, feature = 'create_database', by = panel) =>
  server.send(PATH, bed.signed(by, { license_key, feature }));

describe('the answers of the contract, row by row (B1)', () => {
  const soon = new Date(Date.now() + 60_000);
  const past = new Date(Date.now() - 1_000);
  it.each<
    [string, Record<string, unknown>, Record<string, [number, number, number?]>, string, Record<string, unknown>]
  >([
    [
      '45 of 50 in use',
      {},
      { create_database: [50, 45] },
      'create_database',
      { valid: true, remaining_quota: 5, error: null, code: 'VALID', limit: 50, current: 45, cache_seconds: 0 },
    ],
    [
      'plenty left',
      {},
      { create_domain: [50, 10] },
      'create_domain',
      { valid: true, remaining_quota: 40, cache_seconds: 300 },
    ],
    [
      'what is held counts as used',
      {},
      { create_email: [10, 4, 2] },
      'create_email',
      { valid: true, remaining_quota: 4, current: 6 },
    ],
    [
      'suspended',
      { status: 'suspended' },
      {},
      'create_database',
      { valid: false, remaining_quota: null, error: 'License is suspended', code: 'SUSPENDED' },
    ],
    [
      'expired by status',
      { status: 'expired' },
      {},
      'create_database',
      { valid: false, error: 'License is expired', code: 'EXPIRED' },
    ],
    [
      'canceled',
      { status: 'cancelled' },
      {},
      'create_database',
      { valid: false, error: 'License is cancelled', code: 'TERMINATED' },
    ],
    [
      'its end is past by the database clock',
      { expires_at: past },
      {},
      'create_database',
      { valid: false, error: 'License has expired', code: 'EXPIRED' },
    ],
    [
      'its end is a minute away',
      { expires_at: soon },
      { create_database: [50, 0] },
      'create_database',
      {
        valid: true,
        remaining_quota: 50,
        expires_at: new Date(Math.floor(soon.getTime() / 1000) * 1000).toISOString(),
      },
    ],
    [
      'no database left',
      {},
      { create_database: [5, 5] },
      'create_database',
      {
        valid: false,
        remaining_quota: null,
        error: 'Database quota exceeded',
        code: 'QUOTA_EXCEEDED',
        limit: 5,
        current: 5,
      },
    ],
    [
      'no domain left',
      {},
      { create_domain: [3, 3] },
      'create_domain',
      { valid: false, error: 'Domain quota exceeded' },
    ],
    [
      'no mailbox left',
      {},
      { create_email: [10, 12] },
      'create_email',
      { valid: false, error: 'Email account quota exceeded' },
    ],
    [
      'no account left',
      {},
      { create_account: [1, 1] },
      'create_account',
      { valid: false, error: 'Account quota exceeded' },
    ],
    [
      'unlimited',
      {},
      { create_email: [-1, 99_999] },
      'create_email',
      { valid: true, remaining_quota: -1, limit: null },
    ],
    [
      'not named, denied',
      {},
      {},
      'staging',
      { valid: false, error: 'Feature not included in plan', code: 'FEATURE_UNKNOWN' },
    ],
    ['not named, allowed', { unnamed_features: 'allow' }, {}, 'staging', { valid: true, remaining_quota: -1 }],
    [
      'in grace',
      { in_grace: true },
      { create_database: [50, 10] },
      'create_database',
      { valid: true, remaining_quota: 40, code: 'GRACE', cache_seconds: 0 },
    ],
  ])('%s', async (_what, columns, quotas, feature, expected) => {
    const key = freshKey();
    await bed.license(key, nodeId, columns, quotas);
    const response = await ask(key, feature);
    expect(response.status).toBe(200);
    const body = await read(response);
    expect(body).toMatchObject(expected);
    expect(LicenseAnswer.parse(body)).toEqual(body);
    expect(body.issued_at).toBe(bed.nowMs / 1000);
  });

  it('the time to believe it never goes past the end of the license', async () => {
    const key = freshKey();
    await bed.license(key, nodeId, { expires_at: new Date(Date.now() + 100_000) }, { create_database: [50, 0] });
    const { cache_seconds: seconds } = await read(await ask(key));
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThanOrEqual(100);
  });

  it('a key that is no key is told by its shape, one of good shape as unknown', async () => {
    expect(await read(await ask('nonsense'))).toMatchObject({ error: 'Invalid license key format', code: 'NOT_FOUND' });
    expect(await read(await ask('NP-7HKD-Q2XW-9MRT-4FVB'))).toMatchObject({ error: 'Invalid license key' });
    const typo = `${freshKey().slice(0, -1)}!`;
    expect(await read(await ask(typo))).toMatchObject({ error: 'Invalid license key format' });
  });

  it('shape alone never refuses a key that exists; case, dashes and spaces do not matter', async () => {
    await bed.license('old/system/42', nodeId);
    expect(await read(await ask(' OLD/System/42 '))).toMatchObject({ valid: true });
    const key = freshKey();
    await bed.license(key, nodeId);
    expect(await read(await ask(key.toLowerCase().replaceAll('-', '')))).toMatchObject({ valid: true });
    expect(await read(await ask(`\u00a0${key.replaceAll('-', '–\r\n')}\u200b`))).toMatchObject({ valid: true });
    await bed.license('NP-7HKD-Q2XW-9MRT-LUVB', nodeId);
    expect(await read(await ask('np-7hkd-q2xw-9mrt-luvb'))).toMatchObject({ valid: true });
  });

  it('answers every spelling of the path alike (D 10), and only to POST', async () => {
    const key = freshKey();
    await bed.license(key, nodeId);
    for (const path of [
      '/api/v1/licenses/validate/',
      '/api/v2/licenses/validate',
      '/api/v1/nextpanel/validate-license',
      '/nextpanel/validate-license',
      '/nextpanel/validate-license/',
    ]) {
      const question = { license_key: key, feature: 'create_database' };
      const response = await server.send(path, bed.signed(panel, question, { path }));
      expect([path, (await read(response)).valid]).toEqual([path, true]);
    }
    const wrong = await server.send(PATH, { method: 'GET' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('PANEL-07: what a panel may believe', () => {
  it('the answer carries the nonce and is signed over its exact bytes', async () => {
    const key = freshKey();
    await bed.license(key, nodeId);
    const question = { license_key: key, feature: 'create_database' };
    const response = await server.send(PATH, bed.signed(panel, question, { nonce: 'once-only-1' }));
    const text = await response.text();
    const { nonce, issued_at: issuedAt } = JSON.parse(text) as { nonce: string; issued_at: number };
    expect({ nonce, issuedAt }).toEqual({ nonce: 'once-only-1', issuedAt: NOW_MS / 1000 });
    const signature = response.headers.get('x-hostwright-signature');
    expect(signature).toBe(signAnswer(panel.secret, text, nonce, issuedAt));
    expect(signature).not.toBe(signAnswer(panel.secret, text.replace('true', 'True'), nonce, issuedAt));
    expect(signature).not.toBe(signAnswer(panel.secret, text, 'once-only-2', issuedAt));
  });

  it('a refusal is signed too, and whoever is not a panel gets no signature', async () => {
    expect((await ask('NP-7HKD-Q2XW-9MRT-4FVC')).headers.get('x-hostwright-signature')).toMatch(/^v1=[0-9a-f]{64}$/);
    const token = await bed.apiKey();
    const question = { license_key: 'NP-7HKD-Q2XW-9MRT-4FVC', feature: 'x' };
    const response = await server.send(PATH, plain(question, { authorization: `Bearer ${token}` }));
    expect(response.headers.get('x-hostwright-signature')).toBeNull();
  });
});

describe('PANEL-06: features the plan does not name', () => {
  it('are logged once per license and feature, and counted each time', async () => {
    const key = freshKey();
    const id = await bed.license(key, nodeId, { unnamed_features: 'allow' }, {});
    const before = bed.logged.length;
    for (let i = 0; i < 3; i += 1) await ask(key, 'staging');
    const said = bed.logged.slice(before).filter(({ fields }) => (fields as { licenseId?: string }).licenseId === id);
    expect(said).toHaveLength(1);
    const { values } = (await server.metrics.getSingleMetric('hostwright_license_unnamed_features_total')!.get()) as {
      values: { value: number }[];
    };
    expect(values[0]!.value).toBeGreaterThanOrEqual(3);
  });
});

it('WEB-04: every answer carries the security headers and names its type', async () => {
  for (const response of [await ask('nonsense'), await server.send(PATH, { method: 'GET' })]) {
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/);
  }
});

it('a check writes nothing; its count is written after it', async () => {
  const key = freshKey();
  const id = await bed.license(key, nodeId);
  for (let i = 0; i < 3; i += 1) await ask(key);
  await ask(key, 'staging');
  await server.flush();
  const [row] = await bed.database.sql<{ validations: string; recent: boolean }>(
    `select validations, last_validated_at > now() - interval '1 minute' as recent from license where id = $1`,
    [id],
  );
  expect(row).toEqual({ validations: '3', recent: true });
  const [used] = await bed.database.sql(`select last_used_at from panel_credential where id = $1`, [panel.id]);
  expect(used!.last_used_at).toBeInstanceOf(Date);
});
