import { connect, type Socket } from 'node:net';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { serve } from './server.ts';
import { LICENSE_PATHS } from '../licenses/check/serve.ts';
import { createTestApi } from '../testing/harness.ts';

let db: TestDatabase;
let pages: string;
let server: Awaited<ReturnType<typeof serve>>;
const HOST = 'localhost:3000';
beforeAll(async () => {
  db = await createTestDatabase('server');
  pages = mkdtempSync(join(tmpdir(), 'pages-'));
  mkdirSync(join(pages, 'assets'));
  writeFileSync(
    join(pages, 'index.html'),
    '<!doctype html><html><head><meta property="csp-nonce" nonce="__CSP_NONCE__"><script type="module" src="/assets/app-1.js"></script><link rel="stylesheet" href="/assets/app-1.css"></head><body><div id="root"></div></body></html>',
  );
  writeFileSync(join(pages, 'assets/app-1.js'), 'export const ready = true;');
  writeFileSync(join(pages, 'assets/app-1.css'), 'body { margin: 0 }');
  const api = await createTestApi(db, { env: { PUBLIC_URL: `http://${HOST}`, UI_DIR: pages } });
  const licenses = { fetch: () => new Response('the license path'), paths: LICENSE_PATHS };
  server = await serve({ app: api.app, licenses, host: '127.0.0.1', port: 0, log: api.parts.log });
});
afterAll(async () => {
  await server.stop();
  rmSync(pages, { recursive: true });
  await db.drop();
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.address}${path}`, { headers });

/** Sends bytes as they are, and reads until the server closes or has answered. */
function raw(...parts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (/\r\n\r\n[\s\S]/.test(answer)) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => (answer ? resolve(answer) : reject(error)));
    for (const part of parts) socket.write(part);
  });
}
const post = (headers: string) =>
  `POST /api/v2/sign-in HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`;
const status = (answer: string) => answer.slice(9, 12);

describe('the server', () => {
  it('IN-02: counts what arrives in chunks, without a length', async () => {
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    const answer = await raw(post('Transfer-Encoding: chunked'), ...Array<string>(17).fill(chunk));
    expect(status(answer)).toBe('413');
  });

  it('IN-02: refuses by the announced length before the body arrives', async () => {
    expect(status(await raw(post('Content-Length: 999999')))).toBe('413');
  });

  it('takes a body in chunks', async () => {
    const answer = await raw(post('Transfer-Encoding: chunked'), '2\r\n{}\r\n0\r\n\r\n');
    expect(answer).toContain('invalid_request');
  });

  it('IN-02: headers beyond 16 KiB are refused', async () => {
    expect(status(await raw(`GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\nX-Big: ${'x'.repeat(17_000)}\r\n\r\n`))).toBe(
      '431',
    );
  });

  it.each([
    ['two hosts', `GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\nHost: evil.example\r\n\r\n`],
    ['the same host twice', `GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\nhost: ${HOST}\r\n\r\n`],
    ['another host in its first line', `GET http://evil.example/healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['another port there', `GET http://localhost:1/healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['two hosts, on the license path', `GET ${LICENSE_PATHS[0]} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`],
  ])('IN-09: a request with %s is refused', async (_, request) => {
    const answer = await raw(request);
    expect([status(answer), answer.includes('"misaddressed"')]).toEqual(['400', true]);
  });

  it('a request that says its own host in its first line as well is answered', async () => {
    expect(status(await raw(`GET http://${HOST}/healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`))).toBe('200');
  });

  it('IN-09: TRACE is refused, two lengths are refused', async () => {
    expect(status(await raw(`TRACE / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`))).toBe('405');
    expect(status(await raw(post('Content-Length: 2\r\nContent-Length: 3'), '{}'))).toBe('400');
    expect(status(await raw(post('Content-Length: 2\r\nTransfer-Encoding: chunked'), '2\r\n{}\r\n0\r\n\r\n'))).toBe(
      '400',
    );
  });

  it('IN-09: the name in the request line counts as the host', async () => {
    const answer = await raw(`GET http://evil.example/api/v2/plans HTTP/1.1\r\nHost: evil.example\r\n\r\n`);
    expect(status(answer)).toBe('421');
  });

  it('asks the license path for the addresses of panels, and nobody else for them', async () => {
    for (const path of ['/api/v1/licenses/validate', '/api/v2/licenses/validate/', '/nextpanel/validate-license?x=1']) {
      expect(await (await get(path)).text()).toBe('the license path');
    }
    expect((await get('/api/v1/licenses/validate-not', { host: HOST })).status).toBe(404);
  });
});

describe('the pages', () => {
  const page = (path: string) => raw(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`);

  it('WEB-03: every page has a nonce of its own on every script and style, and no unsafe source', async () => {
    const nonces = [];
    for (const path of ['/', '/orders/42', '/sign-in']) {
      const text = await page(path);
      expect(status(text)).toBe('200');
      const [, policy = ''] = /content-security-policy: (.*)\r/.exec(text) ?? [];
      const [, nonce] = /'nonce-([\w-]+)'/.exec(policy) ?? [];
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect([...text.matchAll(/<(?:script|link|meta)[^>]*nonce="([^"]*)"/g)].map(([, one]) => one)).toEqual([
        nonce,
        nonce,
        nonce,
      ]);
      expect(text).not.toContain('__CSP_NONCE__');
      nonces.push(nonce);
    }
    expect(new Set(nonces).size).toBe(3);
  });

  it('built parts have their type and are kept for ever', async () => {
    const text = await page('/assets/app-1.js');
    expect(text).toContain('content-type: text/javascript; charset=utf-8');
    expect(text).toContain('cache-control: public, max-age=31536000, immutable');
  });

  it.each([
    '/assets/../../etc/passwd',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%2f..%2fetc%2fpasswd',
    '/assets/%5c..%5cetc',
    '/assets/none.js',
    '/api/none',
    '/index.html.bak',
  ])('nothing but the build is served: %s', async (path) => {
    const text = await page(path);
    // A path that climbs out of the build is an address of the portal like any other: it gets the one page.
    if (status(text) === '200') expect(text).toContain('<div id="root">');
    else expect(['404', '400']).toContain(status(text));
    expect(text).not.toContain('root:');
  });
});
