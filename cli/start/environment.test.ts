import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { simulatedSignIns } from './demo/sign-ins.ts';
import { environmentOf, readBy, type ProcessName, type Settings } from './environment.ts';
import { PORTS } from './processes/ports.ts';
import { openSecrets } from './processes/secrets.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';

const folder = temporaryFolder();
const secrets = openSecrets(folder.file('secrets.json'));
folder.remove();
const settings = (own: Settings['own'] = {}): Settings => ({
  own: { PATH: '/bin', ...own },
  ports: { ...PORTS },
  secrets,
  data: '/data',
  trust: { paypal: JSON.stringify({ hosts: ['http://127.0.0.1:4002'], roots: ['PEM'] }) },
});
const of = (name: ProcessName, own?: Settings['own']) => environmentOf(name, settings(own));

describe('what we hand to a process', () => {
  it.each(['api', 'worker'] as const)('is a complete configuration of the %s', (reader) => {
    const read = readConfiguration(reader, of(reader));
    expect(read.TEMPORAL_ADDRESS).toBe('127.0.0.1:7233');
    expect(read.PUBLIC_URL).toBe('http://localhost:3000');
  });

  it('OPS-01: lets the API listen on loopback, whatever HOST and PORT mean in the shell', () => {
    expect(readConfiguration('api', of('api', { HOST: '0.0.0.0', API_HOST: '0.0.0.0' })).API_HOST).toBe('127.0.0.1');
  });

  it('SECR-02: is what it reads and no more: the API has no key of a gateway, nobody has the owner’s connection', () => {
    expect(Object.keys(of('api'))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/STRIPE_SECRET|PAYPAL_CLIENT|SMTP_|DATABASE_WORKER|OWNER/)]),
    );
    expect(of('worker').DATABASE_OWNER_URL).toBeUndefined();
    expect(of('worker', { AWS_SECRET_ACCESS_KEY: 'x' }).AWS_SECRET_ACCESS_KEY).toBeUndefined();
  });

  it('is for each role its own connection, to our database or to the person’s own', () => {
    expect(of('api').DATABASE_API_URL).toBe(
      `postgres://hostwright_api:${secrets.databaseApiPassword}@127.0.0.1:15432/hostwright`,
    );
    const own = { DATABASE_URL: 'postgres://me:mine@db.example:5433/shop?sslmode=require' };
    expect(of('worker', own).DATABASE_WORKER_URL).toBe(
      `postgres://hostwright_worker:${secrets.databaseWorkerPassword}@db.example:5433/shop?sslmode=require`,
    );
    expect(of('migrate', own).DATABASE_OWNER_URL).toBe(own.DATABASE_URL);
  });

  it('is a simulator’s address and keys until the vendor’s own are set', () => {
    expect(of('worker').STRIPE_API_BASE).toBe('http://127.0.0.1:4001');
    expect(of('worker').STRIPE_SECRET_KEY).toBe(of('stripe').STRIPE_SECRET_KEY);
    const real = of('worker', { STRIPE_SECRET_KEY: 'sk_test_mine' });
    expect(real.STRIPE_SECRET_KEY).toBe('sk_test_mine');
    expect(real.STRIPE_API_BASE).toBeUndefined();
    expect(real.PAYPAL_API_BASE).toBe('http://127.0.0.1:4002');
  });

  it('is for each simulator its own port, and where its events go', () => {
    expect(of('stripe')).toMatchObject({
      SIMULATOR_PORT: '4001',
      SIMULATOR_WEBHOOK_URL: 'http://127.0.0.1:3000/webhooks/stripe/main',
    });
    expect(of('mailbox')).toMatchObject({ SIMULATOR_PORT: '4004', SMTP_PORT: '4025' });
  });

  it('lets a person sign in to the simulated panel, until there is a real one', () => {
    const addresses = { nextpanel: 'http://localhost:4003/' };
    expect(simulatedSignIns(settings(), addresses)).toEqual([
      'The sign-in for the simulated nextpanel, http://localhost:4003/:',
      '  user name      admin',
      `  password       ${of('nextpanel').NEXTPANEL_ADMIN_PASSWORD}`,
      '',
    ]);
    expect(simulatedSignIns(settings({ NEXTPANEL_URL: 'https://panel.example' }), addresses)).toEqual([]);
  });

  it('names only what is known', () => {
    for (const name of ['stripe', 'paypal', 'nextpanel', 'mailbox', 'migrate'] as const) {
      // These two follow from the API's unless somebody sets them.
      const own = { DATABASE_CUSTOMER_URL: 'postgres://c@h/d', DATABASE_STAFF_URL: 'postgres://s@h/d' };
      expect(Object.keys(of(name, own))).toEqual(expect.arrayContaining([...readBy(name)]));
    }
  });
});
