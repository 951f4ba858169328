import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readConfiguration, VARIABLES } from './configuration.ts';
import type { Reader } from './variable.ts';

const base64 = (bytes: number, of: number) => Buffer.alloc(bytes, of).toString('base64');
const key = base64(32, 1);
const keyring = `k2:${base64(32, 2)},k1:${key}`;

/** Only what has no default. */
const needed: Record<Reader, Record<string, string>> = {
  api: {
    DATABASE_API_URL: 'postgres://hostwright_api:pw@db/hostwright',
    DATABASE_LICENSE_URL: 'postgres://hostwright_license:pw@db/hostwright',
    TEMPORAL_PAYLOAD_KEYS: keyring,
    SEAL_KEYS: keyring,
    LICENSE_PEPPER: key,
    SESSION_SECRET: key,
    PUBLIC_URL: 'https://shop.example',
  },
  worker: {
    DATABASE_WORKER_URL: 'postgresql://hostwright_worker:pw@db/hostwright',
    TEMPORAL_PAYLOAD_KEYS: keyring,
    SEAL_KEYS: keyring,
    LICENSE_PEPPER: key,
    PUBLIC_URL: 'https://shop.example',
    SMTP_HOST: 'mail.example',
  },
};
const readers = ['api', 'worker'] as const;
const names = Object.keys(VARIABLES) as (keyof typeof VARIABLES)[];
const readBy = (reader: Reader) =>
  names.filter((name) => (VARIABLES[name].readers as readonly Reader[]).includes(reader));

/** What is said of a configuration, or nothing when it is accepted. */
function complaint(reader: Reader, env: Record<string, string | undefined>): string | null {
  try {
    readConfiguration(reader, env);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(readers)('the configuration of the %s', (reader) => {
  it('is enough with what has no default, and gives the rest theirs', () => {
    const configuration = readConfiguration(reader, needed[reader]);
    expect(Object.keys(configuration).toSorted()).toEqual(readBy(reader).toSorted());
    expect(configuration).toMatchObject({
      NODE_ENV: 'development',
      BILLING_ZONE: 'UTC',
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      DATABASE_POOL: 10,
    });
  });

  it('names everything that is missing, at once', () => {
    const said = complaint(reader, {})!;
    expect([...said.matchAll(/^ {2}(\w+): is missing/gm)].map(([, name]) => name).toSorted()).toEqual(
      Object.keys(needed[reader]).toSorted(),
    );
    expect(said).toContain(`The configuration of the ${reader} is not complete`);
    expect(said).toContain('docs/configuration.md');
  });

  it.each(Object.keys(needed[reader]))(
    'names %s alone when it alone is missing or empty, and what it is for',
    (name) => {
      for (const nothing of [undefined, '']) {
        const lines = complaint(reader, { ...needed[reader], [name]: nothing })!
          .split('\n')
          .slice(1, -1);
        expect(lines).toEqual([`  ${name}: is missing (${VARIABLES[name as keyof typeof VARIABLES].says})`]);
      }
    },
  );

  it('reads nothing that is not its own', () => {
    const others = names.filter((name) => !readBy(reader).includes(name));
    const env = { ...needed[reader], ...Object.fromEntries(others.map((name) => [name, '☠'])) };
    expect(Object.keys(readConfiguration(reader, env))).toEqual(expect.not.arrayContaining(others));
  });

  it('an empty variable is one that is not set', () => {
    const empty = Object.fromEntries(readBy(reader).map((name) => [name, needed[reader][name] ?? '']));
    expect(readConfiguration(reader, empty)).toEqual(readConfiguration(reader, needed[reader]));
  });

  it('LOG-02 whatever a variable holds, a complaint names it and never shows the value', () => {
    // Marked, so that a value cannot appear in a sentence by chance.
    const value = fc.string({ minLength: 1, maxLength: 80 }).map((text) => `☠${text}☠`);
    fc.assert(
      fc.property(fc.constantFrom(...readBy(reader)), value, (name, wrong) => {
        const said = complaint(reader, { ...needed[reader], [name]: wrong });
        if (said === null) return;
        expect(said.split('\n').slice(1, -1)).toHaveLength(1);
        expect(said).toContain(`\n  ${name}: `);
        expect(said).not.toContain('☠');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a wrong value is named', () => {
  it.each([
    ['api', 'NODE_ENV', 'staging', 'production'],
    ['api', 'HOSTWRIGHT_ENV', 'Live!', 'HOSTWRIGHT_ENV'],
    ['api', 'LOG_LEVEL', 'loud', 'debug'],
    ['api', 'DATABASE_API_URL', 'mysql://root:hunter2@db/x', 'URL'],
    ['api', 'DATABASE_LICENSE_URL', 'hunter2', 'URL'],
    ['worker', 'DATABASE_WORKER_URL', 'http://hunter2', 'URL'],
    ['api', 'DATABASE_POOL', '1', '>=2'],
    ['api', 'DATABASE_POOL', 'hunter2', 'number'],
    ['worker', 'TEMPORAL_ADDRESS', 'https://hunter2/', 'is not host:port'],
    ['worker', 'TEMPORAL_TLS', 'yes', 'true'],
    ['worker', 'SEAL_KEYS', 'hunter2', '<id>:<base64 of 32 bytes>'],
    ['worker', 'SEAL_KEYS', `k1:${base64(16, 1)}`, 'exactly 32 bytes per key'],
    ['worker', 'SEAL_KEYS', `k1:${key},k1:${key}`, 'gives one id to two keys'],
    ['api', 'TEMPORAL_PAYLOAD_KEYS', `k1:${base64(33, 1)}`, 'exactly 32 bytes per key'],
    ['api', 'LICENSE_PEPPER', base64(31, 1), 'at least 32 bytes'],
    ['api', 'SESSION_SECRET', 'hunter2', 'at least 32 bytes'],
    ['api', 'API_PORT', '65536', '<=65535'],
    ['api', 'API_PORT', '80.5', 'int'],
    ['worker', 'PUBLIC_URL', 'javascript:hunter2', 'is not an address'],
    ['worker', 'PUBLIC_URL', 'store.example', 'is not an address'],
    ['api', 'BILLING_ZONE', 'Europe/Atlantis', 'is not an IANA zone'],
    ['api', 'SELLER_EMAIL', 'hunter2', 'email'],
    ['api', 'SELLER_COUNTRY', 'Germany', 'SELLER_COUNTRY'],
    ['worker', 'LICENSE_KEY_FORM', 'short', 'extended'],
    ['api', 'LEGACY_LICENSE_SECRET', 'hunter2', '32'],
    ['api', 'CODEC_UI_TOKEN', 'hunter2', '32'],
    ['worker', 'STRIPE_API_BASE', 'ftp://hunter2', 'is not an address'],
    ['worker', 'STRIPE_ACCOUNT', 'Main account', 'STRIPE_ACCOUNT'],
    ['worker', 'PAYPAL_ENVIRONMENT', 'test', 'sandbox'],
    ['worker', 'SMTP_PORT', '-1', '>=0'],
  ] as const)('%s: %s', (reader, name, value, why) => {
    const said = complaint(reader, { ...needed[reader], [name]: value })!;
    expect(said.split('\n').slice(1, -1)).toHaveLength(1);
    expect(said).toContain(`  ${name}: `);
    expect(said).toContain(why);
    expect(said.replaceAll(VARIABLES[name].says, '').replaceAll(name, '')).not.toContain(value);
  });
});

describe('what is read', () => {
  it('is of its type: numbers, flags, lists, keys', () => {
    const configuration = readConfiguration('api', {
      ...needed.api,
      API_PORT: '8080',
      TEMPORAL_TLS: 'true',
      TRUSTED_PROXIES: ' 10.0.0.0/8, ,192.0.2.1 ',
      BILLING_ZONE: 'Europe/Berlin',
      SEAL_KEYS: keyring,
    });
    expect(configuration).toMatchObject({
      API_PORT: 8_080,
      TEMPORAL_TLS: true,
      TRUSTED_PROXIES: ['10.0.0.0/8', '192.0.2.1'],
      BILLING_ZONE: 'Europe/Berlin',
      SEAL_KEYS: [
        { id: 'k2', key: Buffer.alloc(32, 2) },
        { id: 'k1', key: Buffer.alloc(32, 1) },
      ],
    });
  });

  it('SECR-02 everything that is a key, password or token is marked secret', () => {
    const marked = names.filter((name) => 'secret' in VARIABLES[name]);
    const looks = names.filter((name) => /SECRET|PASSWORD|TOKEN|_KEYS?$|PEPPER|DATABASE_\w+_URL/.test(name));
    expect(marked).toEqual(expect.arrayContaining(looks));
  });
});
