import { describe, expect, it } from '@jest/globals';
import { parseListed } from './egress.ts';
import { blocked, egress, hello, names, outcome, serve } from './egress/testing/harness.ts';
import { selfSigned } from './egress/testing/certificate.ts';

describe('SSRF-02 addresses that are never called', () => {
  it.each([
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://[::ffff:169.254.169.254]/',
    'https://100.100.100.200/',
    'https://0/',
    'https://0xa9fea9fe/',
    'https://2852039166/',
    'https://[fe80::1]/',
  ])('%s, listed or not', async (address) => {
    const host = new URL(address).hostname;
    const { fetch } = egress({ allow: [`${host}:443`, '169.254.0.0/16:443', '100.64.0.0/10:443', '[fc00::/7]:443'] });
    expect(await outcome(fetch(address))).toEqual(blocked('never call'));
  });

  it('a name with one such address among good ones', async () => {
    const { resolve } = names({ 'panel.example': ['8.8.8.8', '169.254.169.254'] });
    expect(await outcome(egress({ resolve }).fetch('https://panel.example/'))).toEqual(blocked('linkLocal'));
  });
});

describe('SSRF-03 private addresses and loopback', () => {
  it.each(['127.0.0.1', '10.1.2.3', '172.16.5.5', '192.168.0.9', '100.64.1.1', '[::1]', '[fd12::1]', 'localhost'])(
    'https://%s is blocked, and the message says how to list it',
    async (host) => {
      const { message, code } = (await outcome(egress().fetch(`https://${host}/`))) as {
        message: string;
        code: string;
      };
      expect(code).toBe('EGRESS_BLOCKED');
      expect(message).toMatch(/List ".+:443" in EGRESS_ALLOW/);
    },
  );

  it('are called where the operator listed the host', async () => {
    const port = await serve();
    const { resolve } = names({ 'panel.lan': ['127.0.0.1'] });
    const { fetch } = egress({ allow: [`http://panel.lan:${port}`], resolve });
    expect(await outcome(fetch(`http://panel.lan:${port}/`))).toEqual({ status: 200, text: `hello panel.lan:${port}` });
  });

  it('are called where the operator listed the network', async () => {
    const tls = selfSigned(['panel.lan']);
    const port = await serve(hello, tls);
    const { resolve } = names({ 'panel.lan': ['127.0.0.1'] });
    const { fetch } = egress({ allow: [`127.0.0.0/8:${port}`], resolve, ca: tls.cert });
    expect(await outcome(fetch(`https://panel.lan:${port}/`))).toMatchObject({ status: 200 });
  });

  it.each([
    { allow: ['panel.lan:444'], because: 'another port' },
    { allow: ['other.lan:443'], because: 'another host' },
    { allow: ['10.0.1.0/24:443'], because: 'another network' },
    { allow: ['lan:443'], because: 'a host is not a suffix' },
  ])('are blocked when what is listed is $because', async ({ allow }) => {
    const { resolve } = names({ 'panel.lan': ['10.0.0.5'] });
    expect(await outcome(egress({ allow, resolve }).fetch('https://panel.lan/'))).toEqual(blocked('10.0.0.5'));
  });

  it('are blocked for customer webhooks, listed or not', async () => {
    const { resolve } = names({ 'panel.lan': ['10.0.0.5'] });
    const { fetch } = egress({
      purpose: 'customer-webhook',
      allow: ['panel.lan:443', '10.0.0.0/8:443', 'http://panel.lan:80'],
      resolve,
    });
    expect(await outcome(fetch('https://panel.lan/'))).toEqual(blocked('not a public address'));
    expect(await outcome(fetch('http://panel.lan/'))).toEqual(blocked('not encrypted'));
  });

  it.each([
    'panel.lan',
    '10.0.0.0/8',
    'panel.lan:0',
    'panel.lan:99999',
    '10.0.0.0/40:443',
    'ftp://a.b:1',
    'a b:1',
    '*:9000',
    '[::1',
  ])('the list does not take "%s", and says so', (entry) => {
    expect(() => parseListed(entry)).toThrow(`EGRESS_ALLOW: "${entry}"`);
  });
});

describe('the list takes', () => {
  it.each([
    ['panel.lan:9000', { host: 'panel.lan', port: 9_000, http: false }],
    ['https://panel.lan', { host: 'panel.lan', port: 443, http: false }],
    ['https://panel.lan:9000', { host: 'panel.lan', port: 9_000, http: false }],
    ['http://panel.lan', { host: 'panel.lan', port: 80, http: true }],
    [' http://[0:0::1]:9000 ', { host: '::1', port: 9_000, http: true }],
  ])('"%s"', (entry, read) => {
    expect(parseListed(entry)).toEqual(read);
  });
});

describe('SSRF-04 one resolution, checked and pinned', () => {
  it('a name that changes its address after the check is called where it was checked', async () => {
    const port = await serve();
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const { resolve, asked } = names({ 'rebind.example': () => answers.shift() ?? ['169.254.169.254'] });
    const { fetch } = egress({ allow: [`http://rebind.example:${port}`], resolve });
    expect(await outcome(fetch(`http://rebind.example:${port}/`))).toMatchObject({ status: 200 });
    expect(asked).toEqual(['rebind.example']);
  });

  it('each new connection is checked anew', async () => {
    const port = await serve((_request, response) => void response.writeHead(200, { connection: 'close' }).end('ok'));
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const { resolve, asked } = names({ 'rebind.example': () => answers.shift()! });
    const { fetch } = egress({ allow: [`http://rebind.example:${port}`], resolve });
    expect(await outcome(fetch(`http://rebind.example:${port}/`))).toMatchObject({ status: 200 });
    expect(await outcome(fetch(`http://rebind.example:${port}/`))).toEqual(blocked('linkLocal'));
    expect(asked).toHaveLength(2);
  });

  it('the certificate is checked against the name, not the address', async () => {
    const tls = selfSigned(['panel.example']);
    const port = await serve(hello, tls);
    const { resolve } = names({ 'panel.example': ['127.0.0.1'], 'other.example': ['127.0.0.1'] });
    const { fetch } = egress({ allow: [`127.0.0.0/8:${port}`], resolve, ca: tls.cert });
    expect(await outcome(fetch(`https://panel.example:${port}/`))).toMatchObject({
      status: 200,
      text: `hello panel.example:${port}`,
    });
    expect(await outcome(fetch(`https://other.example:${port}/`))).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('a certificate for an address is accepted for that address', async () => {
    const tls = selfSigned(['127.0.0.1']);
    const port = await serve(hello, tls);
    const { fetch } = egress({ allow: [`127.0.0.1:${port}`], ca: tls.cert });
    expect(await outcome(fetch(`https://127.0.0.1:${port}/`))).toMatchObject({ status: 200 });
  });

  it('SECR-07 an expired or unknown certificate is refused', async () => {
    const expired = selfSigned(['127.0.0.1'], -1);
    const first = await serve(hello, expired);
    const known = egress({ allow: [`127.0.0.1:${first}`], ca: expired.cert });
    expect(await outcome(known.fetch(`https://127.0.0.1:${first}/`))).toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    const second = await serve(hello, selfSigned(['127.0.0.1']));
    const unknown = egress({ allow: [`127.0.0.1:${second}`] });
    expect(await outcome(unknown.fetch(`https://127.0.0.1:${second}/`))).toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/),
    });
  });

  it('a name without an address is not found', async () => {
    const { resolve } = names({});
    expect(await outcome(egress({ resolve }).fetch('https://nowhere.example/'))).toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('SSRF-05 what an address may look like', () => {
  it.each([
    { address: 'http://panel.example/', says: 'not encrypted' },
    { address: 'https://user:secret@panel.example/', says: 'user name or password' },
    { address: 'https://user@panel.example/', says: 'user name or password' },
    { address: 'https://panel.example/#top', says: 'fragment' },
    { address: 'https://panel.example:22/', says: 'Port 22' },
    { address: 'https://panel.example:6379/', says: 'Port 6379' },
    { address: 'ftp://panel.example/', says: 'scheme' },
    { address: 'file:///etc/passwd', says: 'scheme' },
    { address: 'gopher://panel.example/', says: 'scheme' },
    { address: 'panel.example', says: 'not an address' },
  ])('$address is refused: $says', async ({ address, says }) => {
    const { resolve } = names({ 'panel.example': ['8.8.8.8'] });
    const result = await outcome(egress({ resolve }).fetch(address));
    expect(result).toEqual(blocked(says));
    expect(result.message).not.toContain('secret');
  });

  it('plain http is spoken only with the exact origin that was listed', async () => {
    const port = await serve();
    const { resolve } = names({ 'panel.lan': ['127.0.0.1'], 'other.lan': ['127.0.0.1'] });
    const { fetch } = egress({ allow: [`http://panel.lan:${port}`, `127.0.0.0/8:${port}`], resolve });
    expect(await outcome(fetch(`http://PANEL.lan.:${port}/`))).toMatchObject({ status: 200 });
    expect(await outcome(fetch(`http://other.lan:${port}/`))).toEqual(blocked('not encrypted'));
  });

  it('a redirect is refused: it comes back as the answer and is not followed', async () => {
    const asked: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: '/internal' }).end();
    });
    const { fetch } = egress({ allow: [`http://127.0.0.1:${port}`] });
    expect(await outcome(fetch(`http://127.0.0.1:${port}/start`, { redirect: 'follow' }))).toMatchObject({
      status: 302,
    });
    expect(asked).toEqual(['/start']);
  });

  it('proxies of the environment are ignored', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = await serve((request, response) => {
      seen.push(request.url);
      response.end('proxied');
    });
    const port = await serve();
    const before = { ...process.env };
    Object.assign(process.env, {
      HTTP_PROXY: `http://127.0.0.1:${proxy}`,
      http_proxy: `http://127.0.0.1:${proxy}`,
      NODE_USE_ENV_PROXY: '1',
    });
    try {
      const { fetch } = egress({ allow: [`http://127.0.0.1:${port}`] });
      expect(await outcome(fetch(`http://127.0.0.1:${port}/`))).toMatchObject({ text: `hello 127.0.0.1:${port}` });
    } finally {
      process.env = before;
    }
    expect(seen).toEqual([]);
  });

  it('an egress for one origin reaches no other', async () => {
    const port = await serve();
    const { fetch } = egress({
      allow: [`http://127.0.0.1:${port}`, `http://localhost:${port}`],
      only: [`http://127.0.0.1:${port}/v1`],
    });
    expect(await outcome(fetch(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 200 });
    expect(await outcome(fetch(`http://localhost:${port}/`))).toEqual(blocked('is not where this connection is for'));
  });
});
