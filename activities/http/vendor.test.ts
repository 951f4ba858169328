import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { excerpt, retryAfterMs, vendorHttp, type VendorCall } from './vendor.ts';

let answer: RequestListener;
let baseURL: string;
const server = createServer((request, response) => answer(request, response));

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const Thing = z.object({ id: z.int() });
const secret = 'nps_0123456789abcdef';
const http = (timeoutMs = 2_000) =>
  vendorHttp('Acme on ams-1', { baseURL, timeoutMs, headers: { 'x-api-secret': secret } });
const say =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);
const read = { reply: Thing } satisfies VendorCall<unknown>;
const change = { method: 'POST', body: {}, reply: Thing } satisfies VendorCall<unknown>;

/** What a call came to: the error's class and words, for jest's realm has its own `Error`. */
async function outcome(options: VendorCall<unknown>, timeoutMs?: number) {
  try {
    const { status, data } = await http(timeoutMs)('make a thing', '/things', options);
    return { status, data };
  } catch (error) {
    const { name, message, retryAfterMs } = error as Error & { retryAfterMs?: number };
    return { name, message, retryAfterMs };
  }
}

describe('an answer', () => {
  it('is parsed and checked, and fields we do not rely on are dropped', async () => {
    answer = say(201, '{"id":7,"colour":"red"}');
    expect(await outcome(change)).toEqual({ status: 201, data: { id: 7 } });
  });

  it('may be empty where nothing of it is used', async () => {
    answer = say(204, '');
    expect(await outcome({ method: 'DELETE' })).toEqual({ status: 204, data: undefined });
  });

  it('may be an error that the caller wants to read', async () => {
    answer = say(409, '{"detail":"already exists"}');
    expect(await outcome({ ...change, accept: [409] })).toEqual({ status: 409, data: { detail: 'already exists' } });
  });

  it('belongs to a request with our headers, query and JSON body', async () => {
    const seen: { url?: string; method?: string; headers?: IncomingMessage['headers']; body: string } = { body: '' };
    answer = (request, response) => {
      Object.assign(seen, { url: request.url, method: request.method, headers: request.headers });
      request.on('data', (chunk: Buffer) => (seen.body += chunk));
      request.on('end', () => response.end('{"id":1}'));
    };
    await http()('make a thing', '/things', { ...change, body: { name: 'é' }, query: { page: 2, none: undefined } });
    expect(seen).toMatchObject({ url: '/things?page=2', method: 'POST', body: '{"name":"é"}' });
    expect(seen.headers).toMatchObject({ 'content-type': 'application/json', 'x-api-secret': secret });
  });
});

describe('a status becomes the error that says how to react', () => {
  it.each([
    { status: 302, read: 'VendorRefused', change: 'VendorRefused' },
    { status: 307, read: 'VendorRefused', change: 'VendorRefused' },
    { status: 400, read: 'VendorRefused', change: 'VendorRefused' },
    { status: 401, read: 'VendorUnauthorized', change: 'VendorUnauthorized' },
    { status: 403, read: 'VendorUnauthorized', change: 'VendorUnauthorized' },
    { status: 404, read: 'VendorRefused', change: 'VendorRefused' },
    { status: 409, read: 'VendorRefused', change: 'VendorRefused' },
    { status: 422, read: 'VendorRefused', change: 'VendorRefused' },
    { status: 429, read: 'VendorUnavailable', change: 'VendorUnavailable' },
    { status: 500, read: 'VendorUnavailable', change: 'OutcomeUnknown' },
    { status: 502, read: 'VendorUnavailable', change: 'OutcomeUnknown' },
    { status: 503, read: 'VendorUnavailable', change: 'OutcomeUnknown' },
  ])('$status: $read when reading, $change when changing', async ({ status, ...expected }) => {
    answer = say(status, '{"detail":"no"}', { location: 'https://elsewhere.example/' });
    expect(await outcome(read)).toMatchObject({ name: expected.read });
    expect(await outcome(change)).toMatchObject({ name: expected.change });
  });

  it('with words that say who, what, and what to do next', async () => {
    answer = say(422, '{"detail":"no such package"}');
    const { message } = await outcome(change);
    expect(message).toBe(
      'Acme on ams-1 could not make a thing: 422 {"detail":"no such package"}. Fix the cause, then retry.',
    );
  });

  it('SSRF-05 a redirect is named and never followed', async () => {
    const asked: (string | undefined)[] = [];
    answer = (request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    const { message } = await outcome(read);
    expect(message).toContain('a redirect to /elsewhere');
    expect(asked).toEqual(['/things']);
  });

  it('429 carries how long to wait, where the vendor says', async () => {
    answer = say(429, '', { 'retry-after': '7' });
    expect(await outcome(read)).toMatchObject({ name: 'VendorUnavailable', retryAfterMs: 7_000 });
    answer = say(429, '');
    expect(await outcome(read)).toMatchObject({ name: 'VendorUnavailable', retryAfterMs: undefined });
    answer = say(503, '', { 'retry-after': '3' });
    expect(await outcome(read)).toMatchObject({ retryAfterMs: 3_000 });
  });

  it.each([
    { body: '<!doctype html><h1>Maintenance</h1>', because: 'a page instead of JSON' },
    { body: '{"id":7,"na', because: 'JSON cut off' },
    { body: '{"id":"seven"}', because: 'a field of another type' },
    { body: '', because: 'nothing' },
  ])('200 with $because is unknown when changing, unavailable when reading', async ({ body }) => {
    answer = say(200, body);
    expect(await outcome(change)).toMatchObject({ name: 'OutcomeUnknown' });
    expect(await outcome(read)).toMatchObject({ name: 'VendorUnavailable' });
  });
});

describe('when no whole answer comes', () => {
  const cases: { what: string; answer: RequestListener; timeoutMs?: number; says: RegExp }[] = [
    { what: 'the connection closes before the answer', answer: (request) => request.socket.destroy(), says: /SOCKET/ },
    {
      what: 'the connection closes midway',
      answer: (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"id"', () => request.socket.destroy());
      },
      says: /SOCKET|terminated/,
    },
    { what: 'nothing comes in time', answer: () => undefined, timeoutMs: 80, says: /no whole answer within 80 ms/ },
    {
      what: 'the answer stalls midway',
      answer: (_request, response) => void response.writeHead(200).write('{"id"'),
      timeoutMs: 80,
      says: /no whole answer within 80 ms/,
    },
  ];

  it.each(cases)('$what: unavailable when reading, unknown when changing', async ({ says, timeoutMs, ...given }) => {
    answer = given.answer;
    const reading = await outcome(read, timeoutMs);
    expect(reading).toMatchObject({ name: 'VendorUnavailable', message: expect.stringMatching(says) });
    const changing = await outcome(change, timeoutMs);
    expect(changing).toMatchObject({ name: 'OutcomeUnknown', message: expect.stringMatching(says) });
  });

  it('a refused connection never reached the vendor, so even a change may be repeated', async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const call = vendorHttp('Acme on ams-1', { baseURL: `http://127.0.0.1:${port}` });
    await expect(call('make a thing', '/things', change)).rejects.toMatchObject({
      name: 'VendorUnavailable',
      message: 'Acme on ams-1 could not make a thing: ECONNREFUSED',
    });
  });

  it.each([
    { code: 'ENOTFOUND', name: 'VendorUnavailable' },
    { code: 'UND_ERR_CONNECT_TIMEOUT', name: 'VendorUnavailable' },
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID', name: 'VendorUnavailable' },
    { code: 'CERT_HAS_EXPIRED', name: 'VendorUnavailable' },
    { code: 'ECONNRESET', name: 'OutcomeUnknown' },
    { code: 'UND_ERR_SOCKET', name: 'OutcomeUnknown' },
    { code: 'EGRESS_BLOCKED', name: 'VendorRefused' },
  ])('$code on a change is $name', async ({ code, name }) => {
    const fetch = () =>
      Promise.reject(
        new TypeError('fetch failed', { cause: Object.assign(new Error('10.0.0.1 is private'), { code }) }),
      );
    const call = vendorHttp('Acme on ams-1', { baseURL, fetch });
    await expect(call('make a thing', '/things', change)).rejects.toMatchObject({ name });
  });
});

describe('secrets', () => {
  it('LOG-02 stay out of the message when the vendor echoes them', async () => {
    const password = 'vL3!rk"8Zp0wQe6T';
    const echo = (_request: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(422).end(JSON.stringify({ detail: [{ input: { password, secret } }] }));
    answer = echo;
    const { message } = await outcome({ ...change, conceal: [password] });
    expect(message).toContain('422');
    expect(message).not.toContain('Zp0wQe6T');
    expect(message).not.toContain(secret);
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 2, 1, 12, 0, 0);
  it.each([
    { value: '0', ms: 0 },
    { value: '120', ms: 120_000 },
    { value: 'Sun, 01 Mar 2026 12:01:30 GMT', ms: 90_000 },
    { value: 'Sun, 01 Mar 2026 11:00:00 GMT', ms: 0 },
    { value: '86400', ms: 3_600_000 },
    { value: 'soon', ms: undefined },
    { value: '', ms: undefined },
  ])('"$value" is $ms ms', ({ value, ms }) => {
    expect(retryAfterMs(new Headers({ 'retry-after': value }), now)).toBe(ms);
  });
});

it('SSRF-07 an excerpt does nothing where it is shown: no escapes of terminals, no end of a fence', () => {
  expect(excerpt('no\u001b[2J\u0000\n```\n# Decide **abort**')).toBe("no\\u001b[2J\\u0000\n'''\n# Decide **abort**");
});

it('an excerpt of a long answer is cut at 1000 characters', () => {
  expect(excerpt('x'.repeat(2_000))).toBe(`${'x'.repeat(1_000)}…`);
  expect(excerpt({ detail: 'short' })).toBe('{"detail":"short"}');
});
