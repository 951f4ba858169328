import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAllowances, LIMITS } from './allowances.ts';
import { createNonceMemory } from '../signatures/nonces.ts';
import { licenseTestBed, PATH, plain, read, type LicenseTestBed } from '../testing/harness.ts';

const AT = Date.UTC(2026, 10, 21);
const times = <T>(count: number, call: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => call(i));

describe('LIM-01: how often one may ask', () => {
  it.each<[string, number, (i: number) => [string, string], string]>([
    [
      '6 000 questions of one panel in a minute',
      6_000,
      (i: number) => ['panel', `license-${i % 5_000}`] as const,
      'source',
    ],
    ['600 questions about one license', 600, () => ['panel', 'license'], 'license'],
  ])('%s', (_what, limit, who, over) => {
    const allowances = createAllowances();
    expect(times(limit, (i) => allowances.ask(...who(i), AT)).filter(Boolean)).toEqual([]);
    expect(allowances.ask(...who(limit), AT + 15_000)).toEqual({ over, limit, retryAfterSeconds: 45 });
    expect(allowances.ask('another panel', 'license', AT)).toBeNull();
    expect(allowances.ask(...who(0), AT + 60_000)).toBeNull();
  });

  it('30 unknown licenses of one panel, and 60 bad credentials of one address', () => {
    const allowances = createAllowances();
    expect(times(30, () => allowances.missed('panel', AT)).filter(Boolean)).toEqual([]);
    expect(allowances.missed('panel', AT)).toMatchObject({ over: 'source', limit: 30 });
    expect(times(60, () => allowances.refused('192.0.2.1', AT)).filter(Boolean)).toEqual([]);
    expect(allowances.isGuessing('192.0.2.1', AT)).toBe(true);
    expect(allowances.refused('192.0.2.1', AT)).toMatchObject({ over: 'source', limit: 60 });
    expect(allowances.isGuessing('192.0.2.2', AT)).toBe(false);
    expect(allowances.isGuessing('192.0.2.1', AT + 60_000)).toBe(false);
  });

  it('legacy callers have the older limits: 100 a minute and 500 an hour by key, 1 000 an hour and ten by address', () => {
    const minute = createAllowances();
    expect(times(100, () => minute.askLegacy('ip', 'key', AT)).filter(Boolean)).toEqual([]);
    expect(minute.askLegacy('ip', 'key', AT)).toMatchObject({ over: 'license', limit: 100 });

    const hour = createAllowances();
    const slowly = (i: number) => AT + Math.floor(i / 100) * 60_000;
    expect(times(500, (i) => hour.askLegacy('ip', 'key', slowly(i))).filter(Boolean)).toEqual([]);
    expect(hour.askLegacy('ip', 'key', slowly(500))).toMatchObject({ over: 'anomaly', limit: 500 });

    const address = createAllowances();
    expect(times(1_000, (i) => address.askLegacy('ip', `key-${i}`, AT)).filter(Boolean)).toEqual([]);
    expect(address.askLegacy('ip', 'key-x', AT)).toMatchObject({ over: 'source', limit: 1_000 });

    const addresses = createAllowances();
    expect(times(10, (i) => addresses.askLegacy(`ip-${i}`, 'key', AT)).filter(Boolean)).toEqual([]);
    expect(addresses.askLegacy('ip-10', 'key', AT)).toMatchObject({ over: 'anomaly', limit: 10 });
    expect(addresses.askLegacy('ip-3', 'key', AT)).toBeNull();
    expect(addresses.askLegacy('ip-10', 'key', AT + 86_400_000)).toBeNull();
  });

  it('LIM-03: a million made-up names fill no more memory than the bound', () => {
    const allowances = createAllowances();
    for (let i = 0; i < 1_000_000; i += 1) {
      allowances.refused(`address-${i}`, AT);
      if (i % 4 === 0) allowances.ask('panel', `license-${i}`, AT);
    }
    expect(allowances.size()).toBeLessThanOrEqual(20_001);
  });
});

describe('LIM-01 on the wire', () => {
  let bed: LicenseTestBed;
  beforeAll(async () => {
    bed = await licenseTestBed();
  });
  afterAll(() => bed.close());

  it('a limit is the old text with status 200, and when to come back', async () => {
    const node = await bed.node();
    const panel = await bed.panel(node);
    await bed.license('NP-7HKD-Q2XW-9MRT-4FVB', node);
    const server = bed.open({ limits: { ...LIMITS, perLicense: 2, unknown: 1 } });
    const ask = (license_key: string) =>
      server.send(PATH, bed.signed(panel, { license_key, feature: 'create_database' }));
    await ask('NP-7HKD-Q2XW-9MRT-4FVB');
    await ask('NP-7HKD-Q2XW-9MRT-4FVB');
    const third = await ask('NP-7HKD-Q2XW-9MRT-4FVB');
    expect([third.status, third.headers.get('retry-after'), third.headers.get('ratelimit-limit')]).toEqual([
      200,
      '60',
      '2',
    ]);
    expect(await read(third)).toMatchObject({
      valid: false,
      error: 'Rate limit exceeded: Too many validations for this license',
      code: 'RATE_LIMITED',
    });
    expect(await read(await ask('NP-7HKD-Q2XW-9MRT-4FVC'))).toMatchObject({ error: 'Invalid license key' });
    expect(await read(await ask('NP-7HKD-Q2XW-9MRT-4FVD'))).toMatchObject({
      error: 'Rate limit exceeded: Too many validations from this IP',
    });
    await server.flush();
    const events = await bed.database.sql(`select actor_id from audit_entry where action = 'license.unknown_keys'`);
    expect(events).toEqual([{ actor_id: node }]);
  });

  it('who guesses credentials is slowed down, and does not slow down a panel behind the same address', async () => {
    const node = await bed.node();
    const panel = await bed.panel(node);
    await bed.license('NP-7HKD-Q2XW-9MRT-4FVE', node);
    const server = bed.open({ limits: { ...LIMITS, refused: 3 } });
    const good = { license_key: 'NP-7HKD-Q2XW-9MRT-4FVE', feature: 'create_database' };
    expect(await read(await server.send(PATH, bed.signed(panel, good)))).toMatchObject({ valid: true });
    const errors = [];
    for (let i = 0; i < 4; i += 1) {
      const guess = await server.send(PATH, bed.signed({ keyId: `pc_${i}`, secret: 'x' }, good));
      errors.push((await read(guess)).error);
    }
    expect(errors.at(-2)).toBe('Invalid request signature or expired timestamp');
    expect(errors.at(-1)).toBe('Rate limit exceeded: Too many validations from this IP');
    bed.pass(6);
    expect(await read(await server.send(PATH, bed.signed(panel, good)))).toMatchObject({ valid: true });
  });

  it('COMPAT-02: an unsigned source asks 100 times a minute about one license', async () => {
    await bed.license('NP-7HKD-Q2XW-9MRT-4FVF', await bed.node('lim-1'));
    const server = bed.open({ unsignedSources: ['lim-1=203.0.113.7'] });
    const question = plain({ license_key: 'NP-7HKD-Q2XW-9MRT-4FVF', feature: 'create_database' });
    const answers = [];
    for (let i = 0; i < 101; i += 1) answers.push((await read(await server.send(PATH, question))).error);
    expect(answers.slice(0, 100)).toEqual(times(100, () => null));
    expect(answers[100]).toBe('Rate limit exceeded: Too many validations for this license');
  });
});

describe('PANEL-03: the memory of nonces', () => {
  it('takes each once, for ten minutes, and forgets it some time after', () => {
    const memory = createNonceMemory();
    expect(memory.use('panel', 'a', AT)).toBe(true);
    expect(memory.use('panel', 'a', AT + 600_000)).toBe(false);
    expect(memory.use('panel', 'a', AT + 1_500_000)).toBe(true);
  });

  it('knows every one of half a million again, and takes no fresh one for used', () => {
    const memory = createNonceMemory();
    const at = (i: number) => AT + i;
    for (let i = 0; i < 500_000; i += 1) if (!memory.use('panel', `nonce-${i}`, at(i))) throw new Error(`fresh ${i}`);
    for (let i = 0; i < 500_000; i += 1)
      if (memory.use('panel', `nonce-${i}`, at(500_000))) throw new Error(`used ${i}`);
    expect(memory.size).toBe(500_000);
  });

  it('LIM-03: is bounded; beyond that the oldest are forgotten', () => {
    const memory = createNonceMemory({ most: 100_000 });
    for (let i = 0; i < 1_000_000; i += 1) memory.use('panel', `nonce-${i}`, AT);
    expect(memory.size).toBeLessThan(150_000);
    expect(memory.use('panel', 'nonce-999999', AT)).toBe(false);
    expect(memory.use('panel', 'nonce-0', AT)).toBe(true);
  });
});
