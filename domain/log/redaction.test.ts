import { describe, expect, it } from '@jest/globals';
import { redact, redactText } from './redaction.ts';

const token = 'Q-M7ukCba3EI1P2Ub4IVZ0KL-O4msHqomavxQx0rSBM';

describe('LOG-02: what is never logged', () => {
  it.each([
    ['an API key', `used hw_${token}abc123 today`],
    ['a session', `cookie __Host-sid=${token}; Path=/`],
    ['an Authorization header', 'authorization: Bearer abcdef0123456789'],
    ['a Stripe key', 'Invalid API Key provided: sk_live_51H8s0mEtHiNg'],
    ['a webhook secret', 'whsec_0123456789abcdef'],
    ['a JWT', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl'],
    ['a connection string', 'connect postgres://hostwright_api:s3cr3t@db.internal:5432/hostwright'],
    ['a password hash', '$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g'],
    ['a license key', 'NP-7HKD2-QXW9M-RT4FV-B0123-45678 was refused'],
    ['a four-group license key', 'NP-7HKD-Q2XW-9MRT-4FVB'],
    ['a card number', 'card 4242 4242 4242 4242 was declined'],
    ['a key in base64', 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE='],
    ['a panel token in hex', 'a'.repeat(64)],
    ['a password in a query', 'POST https://x.example/login?user=a&password=hunter2&x=1'],
    ['a token of a gateway', 'said A21AAFs9Yy5Y0xkqk6canaryV8m2Yw-8u0yZq3Wg_1x2C3v4B5n6M7q8W9e0R1t2'],
    ['a signature in base64', `sig ${'c2lnbmF0dXJlL2Nhbm'.repeat(19)}==`],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----'],
  ])('%s', (_, text) => {
    const clean = redactText(text);
    expect(clean).toContain('[redacted]');
    for (const canary of [
      token,
      'abcdef0123456789',
      '51H8',
      '0123456789abcdef',
      's3cr3t',
      'c2FsdHNhbHQ',
      'hunter2',
      'MIIE',
      '4242',
      'a'.repeat(64),
      'QXW9M',
      'Q2XW',
      'AQEBAQ',
      'eyJzdWIi',
      'A21AAF',
      'c2lnbmF0',
    ]) {
      expect(clean).not.toContain(canary);
    }
  });

  it.each([
    'order 01a1feb0-53c9-76f4-87e0-b8324328b366 is active',
    'O-7K2M9-QXVB3 paid EUR 29.00 on 2026-11-21T10:00:00Z',
    'workflow order/01a1feb0-53c9-76f4-87e0-b8324328b366 waits',
    'amount 1234567890123 is no card',
    // Of these digits some are right by Luhn.
    'order 01a14242-4242-7242-8242-424242424242',
    'order 42424242-4242-4242-8a42-b0f83243b366',
    'workflow order/01a1feb0-53c9-76f4-87e0-b8324328b366/01a1feb0-53c9-76f4-87e0-b8324328b367',
  ])('leaves %s', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('fields by name, at any depth, in errors and their causes', () => {
    const cause = Object.assign(new Error('connect postgres://u:s3cr3t@h/d failed'), {
      config: { apiKey: 'plain-canary' },
    });
    const error = Object.assign(new Error('no answer', { cause }), {
      request: { headers: { Cookie: 'sid=canary', accept: '*/*' } },
    });
    const text = JSON.stringify(
      redact({ err: error, user: { password: 'canary', name: 'Ada' }, list: [{ csrf_token: 'canary' }] }),
    );
    expect(text).not.toMatch(/canary|s3cr3t/);
    expect(text).toContain('Ada');
    expect(text).toContain('*/*');
    expect(text).toContain('no answer');
  });

  it('circles, bytes and dates', () => {
    const circle: Record<string, unknown> = {
      at: new Date('2026-01-02T03:04:05Z'),
      bytes: new Uint8Array([1, 2]),
      big: 5n,
    };
    circle['self'] = circle;
    expect(redact(circle)).toEqual({ at: '2026-01-02T03:04:05.000Z', bytes: '[bytes]', big: '5', self: '[again]' });
  });
});
