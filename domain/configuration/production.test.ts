import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from './configuration.ts';
import { EXAMPLE_KEY, productionRefusals, type StartFacts } from './production.ts';

const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
const [PAYLOAD, SEAL, PEPPER, SESSION, NEW_SEAL] = [random(), random(), random(), random(), random()];
const SAFE: Record<string, string> = {
  NODE_ENV: 'production',
  DATABASE_API_URL: 'postgres://api:x@db/h',
  DATABASE_LICENSE_URL: 'postgres://license:x@db/h',
  TEMPORAL_PAYLOAD_KEYS: `a:${PAYLOAD}`,
  SEAL_KEYS: `a:${SEAL}`,
  LICENSE_PEPPER: PEPPER,
  SESSION_SECRET: SESSION,
  PUBLIC_URL: 'https://portal.example',
  TRUSTED_PROXIES: '10.0.0.0/8',
};
const role = {
  variable: 'DATABASE_API_URL',
  role: 'hostwright_api',
  superuser: false,
  bypassesRls: false,
  ownsTables: false,
  mayBecome: [],
};
const facts: StartFacts = { node: { args: [], env: {} }, database: [role] };
const refusals = (env: Record<string, string> = {}, found: Partial<StartFacts> = {}) =>
  productionRefusals(readConfiguration('api', { ...SAFE, ...env }), { ...facts, ...found });

describe('AUTH-15: a start that is not safe in production', () => {
  it('a whole and safe configuration starts', () => {
    expect(refusals()).toEqual([]);
  });

  it.each([
    ['SESSION_SECRET missing', { SESSION_SECRET: '' }],
    ['SEAL_KEYS missing', { SEAL_KEYS: '' }],
    ['SESSION_SECRET of 248 bits', { SESSION_SECRET: Buffer.alloc(31, 1).toString('base64') }],
    ['a sealing key of 128 bits', { SEAL_KEYS: `a:${Buffer.alloc(16, 1).toString('base64')}` }],
  ])('the configuration itself refuses: %s', (_, env) => {
    expect(() => readConfiguration('api', { ...SAFE, ...env })).toThrow(Object.keys(env)[0]);
  });

  it.each([
    ['a secret of zeros', { SESSION_SECRET: Buffer.alloc(32).toString('base64') }, /SESSION_SECRET is not random/],
    [
      'a secret somebody typed',
      { LICENSE_PEPPER: btoa('passwordpasswordpasswordpassword') },
      /LICENSE_PEPPER is not random/,
    ],
    [
      'a secret that counts',
      { SEAL_KEYS: `a:${Buffer.from(Array.from({ length: 32 }, (_, i) => 7 + i)).toString('base64')}` },
      /SEAL_KEYS "a" is not random/,
    ],
    [
      'the example of the documentation',
      { TEMPORAL_PAYLOAD_KEYS: `a:${EXAMPLE_KEY}` },
      /TEMPORAL_PAYLOAD_KEYS "a" is the example/,
    ],
    ['one secret for two purposes', { SESSION_SECRET: PEPPER }, /is the same as another secret/],
    [
      'an older key that is the current of another ring',
      { SEAL_KEYS: `b:${NEW_SEAL},a:${PAYLOAD}` },
      /is the same as another secret/,
    ],
    [
      'a legacy secret somebody typed',
      { LEGACY_LICENSE_SECRET: 'abcabcabcabcabcabcabcabcabcabcabcabc' },
      /LEGACY_LICENSE_SECRET is not random/,
    ],
    ...[
      ['as it is', SESSION],
      ['without padding', SESSION.replaceAll('=', '')],
      ['for addresses', Buffer.from(SESSION, 'base64').toString('base64url')],
      ['in hex', Buffer.from(SESSION, 'base64').toString('hex')],
      ['in capital hex', Buffer.from(SESSION, 'base64').toString('hex').toUpperCase()],
    ].map(([how, text]): [string, Record<string, string>, RegExp] => [
      `the legacy secret is the session secret, ${how}`,
      { LEGACY_LICENSE_SECRET: text! },
      /is the same as another secret/,
    ]),
    [
      'a pepper that is the hex of the session secret',
      { LICENSE_PEPPER: Buffer.from(SESSION, 'base64').toString('hex') },
      /LICENSE_PEPPER is the same as another secret/,
    ],
    ['debug logs', { LOG_LEVEL: 'debug' }, /LOG_LEVEL is debug/],
    ['plain HTTP', { PUBLIC_URL: 'http://portal.example' }, /PUBLIC_URL is not https/],
    ['no trusted proxy', { TRUSTED_PROXIES: '' }, /TRUSTED_PROXIES is empty/],
    ['the sandbox’s codec token', { CODEC_UI_TOKEN: 'x'.repeat(40) }, /CODEC_UI_TOKEN is for the sandbox/],
    ['simulated PayPal', { PAYPAL_ENVIRONMENT: 'simulator' }, /PAYPAL_ENVIRONMENT is simulator/],
    [
      'trust in a simulator',
      { PAYPAL_TRUST: '{"hosts":["http://127.0.0.1:4002"],"roots":["PEM"]}' },
      /PAYPAL_TRUST is for simulators/,
    ],
  ])('refuses %s', (_, env, why) => {
    const found = refusals(env as Record<string, string>);
    expect(found).toEqual([expect.stringMatching(why)]);
    // It says which secret, never what it is.
    const [name, value] = Object.entries(env as Record<string, string>)[0]!;
    if (/KEY|SECRET|PEPPER|TOKEN/.test(name)) expect(found.join()).not.toContain(value);
  });

  it.each([
    ['a superuser', { superuser: true }, /which is a superuser/],
    ['one that bypasses row-level security', { bypassesRls: true }, /which bypasses row-level security/],
    ['the owner of the tables', { ownsTables: true }, /which owns tables/],
    ['one that may become another', { mayBecome: ['hostwright_staff'] }, /which may become hostwright_staff/],
  ])('refuses a database role that is %s', (_, change, why) => {
    expect(refusals({}, { database: [{ ...role, ...change }] })).toEqual([expect.stringMatching(why)]);
  });

  it.each([
    [['--inspect-brk'], /debugger/],
    [['--max-old-space-size=256 --inspect=0.0.0.0:9229'], /debugger/],
    [['--insecure-http-parser'], /--insecure-http-parser/],
    [['--enable-source-maps  --insecure_http_parser'], /--insecure-http-parser/],
    [['--tls-keylog=/tmp/keys'], /--tls-keylog/],
    [['--tls-keylog', '/tmp/keys'], /--tls-keylog/],
    [['"--tls-keylog=/tmp/a b"'], /--tls-keylog/],
    [['--tls-min-v1.0'], /TLS 1\.0/],
    [['--tls-min-v1.1'], /TLS 1\.1/],
  ])('SECR-07: refuses Node started with %j', (args, why) => {
    expect(refusals({}, { node: { args, env: {} } })).toEqual([expect.stringMatching(why)]);
  });

  it.each([
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['SSLKEYLOGFILE', '/tmp/keys'],
    ['NODE_DEBUG', 'http'],
  ])('SECR-07: refuses %s=%s, and does not repeat a value that is a path', (name, value) => {
    expect(refusals({}, { node: { args: [], env: { [name]: value } } })).toEqual([expect.stringContaining(name)]);
    expect(refusals({}, { node: { args: [], env: { [name]: value } } }).join()).not.toContain('/tmp');
  });

  it('takes what only makes it safer, or says nothing of it', () => {
    const args = [
      '--max-old-space-size=256',
      '--tls-min-v1.3',
      '--no-insecure-http-parser --title=--inspected',
      '--',
      '',
    ];
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '1', SSLKEYLOGFILE: '', NODE_EXTRA_CA_CERTS: '/ca.pem' };
    expect(refusals({}, { node: { args, env } })).toEqual([]);
  });

  it('the sandbox starts with what production would refuse', () => {
    const env = {
      NODE_ENV: 'development',
      PUBLIC_URL: 'http://localhost:3000',
      LOG_LEVEL: 'debug',
      TRUSTED_PROXIES: '',
    };
    expect(refusals(env, { node: { args: ['--inspect'], env: {} } })).toEqual([]);
  });

  it('random secrets are never taken for made-up ones', () => {
    for (let i = 0; i < 2_000; i += 1) expect(refusals({ SESSION_SECRET: random() })).toEqual([]);
  });
});
