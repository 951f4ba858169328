import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { issueCertificate, type CertificateOrder } from '../simulator/signing/x509.ts';
import { isCertificateUrl, LIVE_TRUST, SANDBOX_TRUST } from './trust.ts';
import { verifyPaypalWebhook, type PaypalVerification } from './webhook.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const WEBHOOK = '8PT597110X687430LKGECATA';
const CERT_URL = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270';
const SIGNER = 'messageverificationcerts.paypal.com';

const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const keys = { root: rsa(), middle: rsa(), leaf: rsa(), attacker: rsa(), short: rsa(1024) };
const dates = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const issue = (order: Partial<CertificateOrder>) =>
  issueCertificate({
    subject: SIGNER,
    issuer: 'Middle',
    key: keys.leaf,
    issuerKey: keys.middle,
    authority: false,
    ...dates,
    ...order,
  });
const root = issue({ subject: 'Root', issuer: 'Root', key: keys.root, issuerKey: keys.root, authority: true });
const middle = issue({ subject: 'Middle', issuer: 'Root', key: keys.middle, issuerKey: keys.root, authority: true });
const leaf = issue({});
const CHAIN = `${leaf}${middle}`;

const EVENT = {
  id: 'WH-1AB23456CD789012E-3FG45678HI901234J',
  event_version: '1.0',
  create_time: '2026-06-01T11:59:00.000Z',
  event_type: 'PAYMENT.CAPTURE.COMPLETED',
  resource: {
    id: '3C679366HH908993F',
    amount: { currency_code: 'EUR', value: '12.99' },
    custom_id: 'production:inv-1:att-1',
    supplementary_data: { related_ids: { order_id: '5O190127TN364715T' } },
  },
};
// An em dash and a character of four bytes: the checksum is over bytes, not characters.
const BODY = Buffer.from(JSON.stringify({ ...EVENT, summary: 'Payment completed — 🙂' }));

interface Sent {
  body?: Buffer;
  signedBody?: Buffer;
  webhookId?: string;
  signer?: KeyObject;
  digest?: string;
  checksum?: (body: Buffer) => string;
  headers?: Record<string, string | undefined>;
}

function delivery({ body = BODY, signedBody = body, webhookId = WEBHOOK, signer = keys.leaf, ...more }: Sent = {}) {
  const id = '69cd13f0-d67a-11e5-baa3-778b53f4ae55';
  const time = '2026-05-30T08:00:00Z';
  const checksum = more.checksum?.(signedBody) ?? String(crc32(signedBody));
  const signature = createSign(more.digest ?? 'RSA-SHA256').update(`${id}|${time}|${webhookId}|${checksum}`);
  return {
    raw: body,
    headers: {
      'paypal-transmission-id': id,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': signature.sign(signer, 'base64'),
      'paypal-cert-url': CERT_URL,
      'paypal-auth-algo': 'SHA256withRSA',
      ...more.headers,
    },
  };
}

const verify = (sent: Sent = {}, more: Partial<PaypalVerification> = {}) =>
  verifyPaypalWebhook({
    ...delivery(sent),
    webhookId: WEBHOOK,
    certificates: (url) => (url === CERT_URL ? CHAIN : undefined),
    trust: { ...LIVE_TRUST, roots: [root] },
    now: NOW,
    ...more,
  });

describe('a delivery from PayPal', () => {
  it('HOOK-01 is genuine, and hints at the payment without a look at the network', async () => {
    expect(await verify()).toEqual({
      verdict: 'genuine',
      event: {
        eventId: EVENT.id,
        type: 'PAYMENT.CAPTURE.COMPLETED',
        createdAt: new Date('2026-06-01T11:59:00Z'),
        livemode: true,
        subject: 'payment',
        objectId: '3C679366HH908993F',
        gatewayPaymentId: '3C679366HH908993F',
        checkoutId: '5O190127TN364715T',
        reference: { env: 'production', invoiceId: 'inv-1', attemptId: 'att-1' },
        payload: expect.objectContaining({ id: EVENT.id }),
      },
    });
  });

  it('HOOK-01 may be days old: PayPal delivers again for three days', async () => {
    expect(await verify({}, { now: new Date('2026-06-02T08:00:00Z') })).toMatchObject({ verdict: 'genuine' });
  });

  it('HOOK-02 asks for a certificate it does not have, and judges nothing before', async () => {
    expect(await verify({ signer: keys.attacker }, { certificates: () => undefined })).toEqual({
      verdict: 'needs',
      certificateUrl: CERT_URL,
    });
  });

  it('is not live when its certificate comes from the sandbox', async () => {
    const url = CERT_URL.replace('api.', 'api-m.sandbox.');
    const verdict = await verify(
      { headers: { 'paypal-cert-url': url } },
      { trust: { ...SANDBOX_TRUST, roots: [root] }, certificates: () => CHAIN },
    );
    expect(verdict).toMatchObject({ verdict: 'genuine', event: { livemode: false } });
  });
});

describe('HOOK-01 forgery table', () => {
  const other = Buffer.from(JSON.stringify({ ...EVENT, id: 'WH-2' }));
  it.each<{ name: string; sent: Sent; more?: Partial<PaypalVerification> }>([
    { name: 'another body than the signed one', sent: { signedBody: other } },
    { name: 'one byte more', sent: { body: Buffer.concat([BODY, Buffer.from(' ')]), signedBody: BODY } },
    {
      name: 'the same JSON written anew',
      sent: { body: Buffer.from(JSON.stringify(JSON.parse(String(BODY)), null, 1)), signedBody: BODY },
    },
    { name: 'signed for another registration', sent: { webhookId: 'WEBHOOK_ID' } },
    { name: 'signed by another key', sent: { signer: keys.attacker } },
    { name: 'signed with SHA-1', sent: { digest: 'RSA-SHA1' } },
    { name: 'SHA-1 claimed', sent: { digest: 'RSA-SHA1', headers: { 'paypal-auth-algo': 'SHA1withRSA' } } },
    { name: 'no algorithm', sent: { headers: { 'paypal-auth-algo': undefined } } },
    { name: 'algorithm "none"', sent: { headers: { 'paypal-auth-algo': 'none' } } },
    { name: 'an algorithm that every object has', sent: { headers: { 'paypal-auth-algo': 'constructor' } } },
    { name: 'the checksum in hex', sent: { checksum: (body) => crc32(body).toString(16) } },
    { name: 'the checksum as a signed number', sent: { body: other, checksum: (body) => String(~crc32(body)) } },
    { name: 'no signature', sent: { headers: { 'paypal-transmission-sig': '' } } },
    { name: 'a signature that is not base64', sent: { headers: { 'paypal-transmission-sig': '*'.repeat(344) } } },
    { name: 'no transmission id', sent: { headers: { 'paypal-transmission-id': undefined } } },
    { name: 'another transmission id', sent: { headers: { 'paypal-transmission-id': 'other' } } },
    { name: 'a transmission id with a separator', sent: { headers: { 'paypal-transmission-id': 'a|b' } } },
    { name: 'another time', sent: { headers: { 'paypal-transmission-time': '2026-05-30T08:00:01Z' } } },
    { name: 'a time that is none', sent: { headers: { 'paypal-transmission-time': 'now' } } },
    { name: 'a body that is no JSON', sent: { body: Buffer.from('id=WH-1') } },
    { name: 'a body that is no event', sent: { body: Buffer.from('{"id":""}') } },
    {
      name: 'a body that is not UTF-8',
      sent: { body: Buffer.concat([BODY.subarray(0, -2), Buffer.from([0xff, 0x22, 0x7d])]) },
    },
    { name: 'no registration configured', sent: { webhookId: '' }, more: { webhookId: '' } },
  ])('refuses $name', async ({ sent, more }) => {
    expect(await verify(sent, more)).toEqual({ verdict: 'forged', reason: expect.stringMatching(/\w/) });
  });

  it('gives away nothing of what it compared', async () => {
    const verdict = await verify({ signer: keys.attacker });
    expect(JSON.stringify(verdict)).not.toMatch(/WH-|8PT597|BEGIN/);
  });
});

describe('HOOK-02 certificate chains', () => {
  const attackersRoot = issue({
    subject: 'Root',
    issuer: 'Root',
    key: keys.attacker,
    issuerKey: keys.attacker,
    authority: true,
  });
  const expiredMiddle = issue({
    subject: 'Middle',
    issuer: 'Root',
    key: keys.middle,
    issuerKey: keys.root,
    authority: true,
    notAfter: new Date('2026-02-01T00:00:00Z'),
  });
  const judged = (chain: string, signer = keys.leaf, now = NOW) =>
    verify({ signer }, { certificates: () => chain, now });

  it.each([
    ['with its intermediate', CHAIN],
    ['with intermediate and root', `${CHAIN}${root}`],
    ['out of order behind the leaf', `${leaf}${root}${middle}`],
    ['issued by the root itself', issue({ issuer: 'Root', issuerKey: keys.root })],
  ])('takes a leaf %s', async (_, chain) => {
    expect(await judged(chain)).toMatchObject({ verdict: 'genuine' });
  });

  it.each<{ name: string; chain: string; signer?: KeyObject; now?: Date }>([
    {
      name: "the attacker's own, made out to PayPal",
      chain: issue({ issuer: SIGNER, key: keys.attacker, issuerKey: keys.attacker }),
      signer: keys.attacker,
    },
    {
      name: "the attacker's chain with a root of the same name",
      chain: `${issue({ issuer: 'Root', key: keys.attacker, issuerKey: keys.attacker })}${attackersRoot}`,
      signer: keys.attacker,
    },
    {
      name: "a genuine chain behind the attacker's leaf",
      chain: `${issue({ key: keys.attacker, issuerKey: keys.attacker })}${middle}`,
      signer: keys.attacker,
    },
    {
      name: 'a leaf that plays authority for another',
      chain: `${issue({ issuer: SIGNER, key: keys.attacker, issuerKey: keys.leaf })}${leaf}${middle}`,
      signer: keys.attacker,
    },
    {
      name: 'a leaf that names the root and was signed by another key',
      chain: issue({ issuer: 'Root', key: keys.attacker, issuerKey: keys.attacker, bare: true }),
      signer: keys.attacker,
    },
    {
      name: 'a leaf without key usage that plays authority',
      chain: `${issue({ issuer: SIGNER, key: keys.attacker, issuerKey: keys.leaf, bare: true })}${issue({ bare: true })}${middle}`,
      signer: keys.attacker,
    },
    { name: 'no intermediate', chain: leaf },
    { name: 'nothing', chain: '' },
    { name: 'no certificate', chain: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
    { name: 'another name', chain: `${issue({ subject: 'shop.example.com' })}${middle}` },
    { name: 'a name that only starts right', chain: `${issue({ subject: `${SIGNER}.example.com` })}${middle}` },
    { name: 'a name that only ends right', chain: `${issue({ subject: 'www.paypal.com' })}${middle}` },
    { name: 'a leaf that is an authority', chain: `${issue({ authority: true })}${middle}` },
    { name: 'a key that is too short', chain: `${issue({ key: keys.short })}${middle}`, signer: keys.short },
    { name: 'expired', chain: CHAIN, now: new Date('2027-01-01T00:00:00Z') },
    { name: 'not valid yet', chain: CHAIN, now: new Date('2025-12-31T23:59:59Z') },
    { name: 'an expired intermediate', chain: `${leaf}${expiredMiddle}` },
  ])('refuses $name', async ({ chain, signer = keys.leaf, now = NOW }) => {
    expect(await judged(chain, signer, now)).toMatchObject({
      verdict: 'forged',
      reason: expect.stringContaining('certificate is not trusted'),
    });
  });

  it('trusts public roots only, where no root is configured', async () => {
    expect(await verify({}, { trust: LIVE_TRUST })).toMatchObject({ verdict: 'forged' });
  });
});

describe('HOOK-02 certificate addresses', () => {
  const path = '/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270';

  it.each([`https://api.paypal.com${path}`, `https://api-m.paypal.com${path}`])('%s may be fetched', (url) => {
    expect(isCertificateUrl(url, LIVE_TRUST)).toBe(true);
  });

  it.each([
    `http://api.paypal.com${path}`,
    `https://api.sandbox.paypal.com${path}`,
    `https://paypal.com${path}`,
    `https://www.paypal.com${path}`,
    `https://api.paypal.com.attacker.example${path}`,
    `https://attacker.example/api.paypal.com${path}`,
    `https://api.paypal.com@attacker.example${path}`,
    `https://user:pass@api.paypal.com${path}`,
    `https://api.paypal.com:443${path}`,
    `https://api.paypal.com:8443${path}`,
    `https://api.paypal.com${path}?x=1`,
    `https://api.paypal.com${path}#x`,
    `https://api.paypal.com/v1/notifications/certs/`,
    `https://api.paypal.com/v1/notifications/certs/../../oauth2/token`,
    `https://api.paypal.com/v1/notifications/certs/%2e%2e/x`,
    `https://api.paypal.com/v1/notifications/certs/a/b`,
    `https://api.paypal.com/v1/notifications/webhooks`,
    `https://api.paypal.com\\@attacker.example${path}`,
    `https://API.PAYPAL.COM${path}`,
    `https://api.paypal.com.${path}`,
    `https://аpi.paypal.com${path}`,
    `https://[::1]${path}`,
    `https://169.254.169.254${path}`,
    `//api.paypal.com${path}`,
    ` https://api.paypal.com${path}`,
    `https://api.paypal.com${path}\n`,
    `https://api.paypal.com${path.padEnd(400, 'A')}`,
    'file:///etc/passwd',
    `ftp://api.paypal.com${path}`,
    '',
  ])('%j is never fetched', async (url) => {
    expect(isCertificateUrl(url, LIVE_TRUST)).toBe(false);
    const verdict = await verify({ headers: { 'paypal-cert-url': url } }, { certificates: () => undefined });
    expect(verdict).toMatchObject({ verdict: 'forged' });
  });

  it('allows a simulator only where its whole origin is configured', () => {
    const url = `http://127.0.0.1:4002${path}`;
    expect(isCertificateUrl(url, LIVE_TRUST)).toBe(false);
    expect(isCertificateUrl(url, { hosts: ['127.0.0.1'] })).toBe(false);
    expect(isCertificateUrl(url, { hosts: ['http://127.0.0.1:4003'] })).toBe(false);
    expect(isCertificateUrl(url, { hosts: ['http://127.0.0.1:4002'] })).toBe(true);
  });
});
