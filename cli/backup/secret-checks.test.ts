import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Manifest } from './manifest.ts';
import { checksOf, misfitsOf, type SecretValues } from './secret-checks.ts';

const key = () => randomBytes(32).toString('base64');
const [first, second, payload, pepper] = [key(), key(), key(), key()];
const then: SecretValues = {
  SEAL_KEYS: `2:${second},1:${first}`,
  TEMPORAL_PAYLOAD_KEYS: `1:${payload}`,
  LICENSE_PEPPER: pepper,
  databaseSuperuserPassword: 'a'.repeat(64),
};
const backup = { id: 'b', secrets: checksOf(then, 'b') } as unknown as Manifest;
const misfits = (now: SecretValues) => misfitsOf(backup, { ...then, ...now });

describe('SECR-08: which secrets belong to a back-up', () => {
  it('is told without telling any of them, and otherwise in each', () => {
    const text = JSON.stringify(backup.secrets);
    for (const secret of [first, second, payload, pepper, 'a'.repeat(64)]) expect(text).not.toContain(secret);
    const checks = (id: string) => checksOf(then, id).map(({ check }) => check);
    expect(new Set([...checks('b'), ...checks('c')]).size).toBe(10);
  });

  it.each<[string, SecretValues, string[]]>([
    ['the same', {}, []],
    ['a new key before the old ones', { SEAL_KEYS: `3:${key()},1:${first},2:${second}` }, []],
    ['an old key gone', { SEAL_KEYS: `2:${second}` }, ['Key "1" of SEAL_KEYS is not there.']],
    ['another key under its id', { SEAL_KEYS: `2:${second},1:${key()}` }, ['Key "1" of SEAL_KEYS is another one.']],
    [
      'another payload key',
      { TEMPORAL_PAYLOAD_KEYS: `1:${key()}` },
      ['Key "1" of TEMPORAL_PAYLOAD_KEYS is another one.'],
    ],
    ['another pepper', { LICENSE_PEPPER: key() }, ['LICENSE_PEPPER is another one.']],
    ['another password', { databaseSuperuserPassword: 'b'.repeat(64) }, ['The password of the database’s superuser']],
  ])('%s', (_, now, says) => {
    expect(misfits(now).misfits).toEqual(says.map((sentence) => expect.stringContaining(sentence)));
    expect(misfits(now).unknown).toEqual([]);
  });

  it('cannot be said of what is not set', () => {
    expect(misfits({ SEAL_KEYS: undefined, LICENSE_PEPPER: '' })).toEqual({
      misfits: [],
      unknown: ['SEAL_KEYS', 'LICENSE_PEPPER'],
    });
  });
});
