import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { LICENSE_PATHS } from '../licenses/check/serve.ts';
import { createTestApi, type TestApi } from '../testing/harness.ts';
import { serve } from './server.ts';

const HOST = 'localhost:3000';
let db: TestDatabase;
let api: TestApi;
let server: Awaited<ReturnType<typeof serve>>;
let support: Record<string, string>;
let admin: Record<string, string>;
beforeAll(async () => {
  db = await createTestDatabase('routing');
  api = await createTestApi(db, { env: { PUBLIC_URL: `http://${HOST}` } });
  // A key needs neither origin nor token, so that only the address decides.
  support = (await api.asKey((await api.asStaff('support')).userId)).headers;
  admin = (await api.asKey((await api.asStaff()).userId)).headers;
  const licenses = { fetch: () => new Response('the license path', { status: 418 }), paths: LICENSE_PATHS };
  server = await serve({ app: api.app, licenses, host: '127.0.0.1', port: 0, log: api.parts.log });
});
afterAll(async () => {
  await server.stop();
  await db.drop();
});

/** A request line as it is written, which no client library would send. */
function send(
  method: string,
  target: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  const lines = Object.entries({ host: HOST, connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`),
    );
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      resolve({ status: Number(head.slice(9, 12)), body });
    });
  });
}

/** Other ways to write an address, for `/api/v2/audit` of which support may read nothing. */
const written = (path: string): string[] => {
  const [, , , last = ''] = path.split('/');
  const letter = `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`;
  return [
    path,
    `${path}/`,
    `${path}//`,
    `/${path}`,
    path.replace('/v1', '//v1'),
    path.replace('/v1', '/./v1'),
    path.replace('/v1', '/x/../v1'),
    path.replace('/v1', '/%2e/v1'),
    path.replace('/v1', '/x/%2e%2e/v1'),
    path.replace('/v1', '/x/%252e%252e/v1'),
    path.replace('/v1', '/.%2e/api/v2'),
    `/api/v2/plans/..${path.slice(7)}`,
    `/healthz/..${path}`,
    `/healthz/%2e%2e${path}`,
    path.replaceAll('/', '%2f').replace('%2f', '/'),
    path.replace('/v1/', '/v1%2f'),
    path.replace('/v1/', '/v1%252f'),
    path.replace('/v1/', '/v1\\'),
    path.replace('/v1/', '/v1%5c'),
    path.replace(last, letter),
    path.replace(last, letter.replace('%', '%25')),
    path.replace(last, last.toUpperCase()),
    path.replace(last, `${last}%00`),
    path.replace(last, `${last}%20`),
    path.replace(last, `${last};x=1`),
    path.replace(last, `${last}.json`),
    path.replace(last, `${last}%3fx`),
    path.replace(last, `${last}%23`),
    `${path}?x=/healthz`,
    `${path}#/healthz`,
    `http://${HOST}${path}`,
    `http://${HOST}/healthz/..${path}`,
    `${path}%`,
    `${path}%c0%af`,
    path.replace(last, `%e1%b4%80${last.slice(1)}`),
  ];
};
const OVERRIDES: Record<string, string>[] = [
  { 'x-original-url': '/healthz' },
  { 'x-rewrite-url': '/healthz' },
  { 'x-forwarded-prefix': '/healthz' },
  { 'x-http-method-override': 'OPTIONS' },
  { 'x-method-override': 'HEAD' },
  { 'x-forwarded-host': 'localhost', 'x-forwarded-for': '127.0.0.1' },
];

describe('IN-10: what is authorised is what is routed', () => {
  it.each(['/api/v2/audit', '/api/v2/nodes', '/api/v2/me', '/api/v2/orders'])(
    '%s, however it is written, is not for strangers',
    async (path) => {
      for (const target of written(path)) {
        const { status, body } = await send('GET', target);
        expect([target, [400, 401, 404, 405].includes(status) || status]).toEqual([target, true]);
        expect(body).not.toMatch(/"(entries|nodes|orders|email)"/);
      }
      for (const headers of OVERRIDES) expect((await send('GET', path, headers)).status).toBe(401);
      for (const method of ['HEAD', 'OPTIONS', 'POST', 'PROPFIND'])
        expect((await send(method, path)).status).toBeGreaterThanOrEqual(400);
    },
  );

  it('nor for staff without the right; and who has it finds it only where the log says it was found', async () => {
    let found = 0;
    for (const target of written('/api/v2/audit')) {
      expect([target, (await send('GET', target, support)).status]).not.toEqual([target, 200]);
      const { status } = await send('GET', target, admin);
      if (status !== 200) continue;
      found += 1;
      expect([target, api.logged.at(-1)?.['route']]).toEqual([target, '/api/v2/audit']);
    }
    expect(found).toBeGreaterThan(3);
    for (const headers of OVERRIDES)
      expect((await send('GET', '/api/v2/audit', { ...support, ...headers })).status).toBe(403);
  });

  it('a method in a header or in the query is none', async () => {
    const before = await db.sql(`select id from api_key where revoked_at is null`);
    const [{ id }] = before as [{ id: string }];
    for (const target of [`/api/v2/api-keys/${id}`, `/api/v2/api-keys/${id}?_method=DELETE`]) {
      for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
        expect((await send('POST', target, { ...admin, [name]: 'DELETE', 'content-length': '0' })).status).toBe(405);
      }
    }
    expect(await db.sql(`select id from api_key where revoked_at is null`)).toEqual(before);
  });

  it('the license path is asked for its own addresses only, and nothing else behind them', async () => {
    for (const target of written('/api/v1/licenses/validate')) {
      const { status, body } = await send('POST', target, { 'content-length': '0', ...support });
      expect([target, [400, 404, 405, 418].includes(status) || status]).toEqual([target, true]);
      expect(body).not.toMatch(/"valid"/);
    }
    for (const target of ['/api/v2/licenses/validate/../../audit', '/api/v2/licenses/validate/%2e%2e/%2e%2e/audit']) {
      expect([target, (await send('GET', target)).status]).toEqual([target, 401]);
    }
  });

  it('IN-09: the probes answer to any name, and nothing does that only looks like them', async () => {
    const evil = { host: 'evil.example' };
    expect((await send('GET', '/healthz', evil)).status).toBe(200);
    for (const target of [
      '/healthz/../api/v2/plans',
      '/api/v2/plans?/healthz',
      '/healthz/x',
      '/healthz%2f..%2fapi/v1/plans',
      '/%68ealthz/../api/v2/plans',
    ]) {
      expect([target, (await send('GET', target, evil)).status]).toEqual([target, 421]);
    }
  });
});
