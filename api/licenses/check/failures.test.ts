import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import pg from 'pg';
import { licenseTestBed, PATH, plain, type LicenseTestBed, type PanelKeys } from '../testing/harness.ts';

let bed: LicenseTestBed;
let panel: PanelKeys;
const question = { license_key: 'NP-7HKD-Q2XW-9MRT-4FVB', feature: 'create_database' };

beforeAll(async () => {
  bed = await licenseTestBed();
  panel = await bed.panel(await bed.node());
  await bed.license(question.license_key, panel.nodeId);
});
afterAll(() => bed.close());

async function expectUnknown(response: Response) {
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'license_unknown' });
  expect(text).not.toMatch(/valid|postgres|ECONN|select|password/i);
}

describe('PANEL-08: what we do not know is 503, never yes and never no', () => {
  it('the database is not there', async () => {
    const url = new URL(bed.database.url('license'));
    url.port = '1';
    const server = bed.open({ databaseUrl: url.href });
    await expectUnknown(await server.send(PATH, bed.signed(panel, question)));
  });

  it('the database does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = new URL(bed.database.url('license'));
    Object.assign(url, { hostname: '127.0.0.1', port: String((silent.address() as AddressInfo).port) });
    const server = bed.open({ databaseUrl: url.href, statementMs: 250 });
    await expectUnknown(await server.send(PATH, bed.signed(panel, question)));
    silent.close();
  });

  it('the database stops in the middle, and is asked again as soon as it is back', async () => {
    const server = bed.open();
    expect((await server.send(PATH, bed.signed(panel, question))).status).toBe(200);
    const name = bed.database.name;
    await bed.database.sql(`revoke select on license_quota from hostwright_license`);
    await expectUnknown(await server.send(PATH, bed.signed(panel, question)));
    await bed.database.sql(`grant select on license_quota to hostwright_license`);
    await bed.database.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'hostwright_license'`,
      [name],
    );
    let status = 503;
    for (let tries = 0; tries < 20 && status !== 200; tries += 1) {
      status = (await server.send(PATH, bed.signed(panel, question))).status;
    }
    expect(status).toBe(200);
  });

  it('a statement takes longer than 250 ms', async () => {
    const server = bed.open({ statementMs: 250 });
    const hog = new pg.Client(bed.database.ownerUrl);
    await hog.connect();
    await hog.query('begin');
    await hog.query('lock table license_quota in access exclusive mode');
    const began = performance.now();
    await expectUnknown(await server.send(PATH, bed.signed(panel, question)));
    expect(performance.now() - began).toBeLessThan(5_000);
    await hog.query('rollback');
    await hog.end();
    expect((await bed.open().send(PATH, bed.signed(panel, question))).status).toBe(200);
  });

  it('says so once a second, not once a question', async () => {
    const url = new URL(bed.database.url('license'));
    url.port = '1';
    const server = bed.open({ databaseUrl: url.href });
    const before = bed.logged.length;
    await Promise.all(Array.from({ length: 20 }, () => server.send(PATH, bed.signed(panel, question))));
    expect(bed.logged.slice(before).filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});

describe('what is no question is refused before anybody is asked', () => {
  const send = (init: { body?: string | Uint8Array; headers?: Record<string, string> }) =>
    bed.open().send(PATH, {
      method: 'POST',
      body: init.body as never,
      headers: { 'content-type': 'application/json', ...init.headers },
    });
  const deep = (levels: number) => `{"license_key":"a","feature":"b","x":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  it.each<[string, { body?: string | Uint8Array; headers?: Record<string, string> }, number]>([
    ['no body', {}, 400],
    ['not JSON', { body: 'license_key=a' }, 400],
    ['IN-04: not UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }, 400],
    ['IN-04: a control character in the key', { body: '{"license_key":"a\\u0000b","feature":"c"}' }, 422],
    ['a key that is missing', { body: '{"feature":"create_database"}' }, 422],
    ['a feature that is missing', { body: '{"license_key":"a"}' }, 422],
    ['a key that is a number', { body: '{"license_key":1,"feature":"c"}' }, 422],
    ['a feature that is null', { body: '{"license_key":"a","feature":null}' }, 422],
    ['a timestamp with a fraction', { body: '{"license_key":"a","feature":"b","timestamp":1.5}' }, 422],
    ['additional data that is a list', { body: '{"license_key":"a","feature":"b","additional_data":[]}' }, 422],
    ['a list', { body: '[]' }, 422],
    ['IN-06: the same key twice', { body: '{"license_key":"a","feature":"b","license_key":"c"}' }, 422],
    ['IN-06: a key that is a prototype', { body: '{"license_key":"a","feature":"b","__proto__":{}}' }, 422],
    ['IN-02: 33 levels', { body: deep(32) }, 422],
    ['IN-02: more than 64 KiB', { body: `{"license_key":"${'a'.repeat(65_536)}","feature":"b"}` }, 413],
    ['IN-02: compressed', { body: '{}', headers: { 'content-encoding': 'gzip' } }, 415],
    ['another type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415],
    ['IN-09: another host', { body: '{}', headers: { host: 'evil.example' } }, 421],
  ])('%s', async (_what, init, status) => {
    const response = await send(init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, request_id: expect.any(String), detail: expect.any(String) });
  });

  it('IN-01: names the fields and never repeats what was sent', async () => {
    const text = await (await send({ body: '{"license_key":"very secret","feature":7}' })).text();
    expect(JSON.parse(text)).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/feature' }] });
    expect(text).not.toContain('very secret');
  });

  it('fields it does not know are passed over, as panels of several versions ask', async () => {
    const server = bed.open();
    const response = await server.send(PATH, bed.signed(panel, { ...question, panel_version: '9', cpu: ['x'] }));
    expect(await response.json()).toMatchObject({ valid: true });
  });
});

describe('through a real socket', () => {
  let http: Server;
  let port: number;
  beforeAll(async () => {
    const { app } = bed.open({ hosts: { has: () => true } });
    http = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    await once(http, 'listening');
    port = (http.address() as AddressInfo).port;
  });
  afterAll(() => void http.close());
  const url = () => `http://127.0.0.1:${port}${PATH}`;

  it('a signed question is answered, body with and without an announced length', async () => {
    const announced = bed.signed(panel, question);
    expect(await (await fetch(url(), announced)).json()).toMatchObject({ valid: true });
    const { body, ...rest } = bed.signed(panel, question);
    const chunked = { ...rest, body: new Blob([body]).stream(), duplex: 'half' } as RequestInit;
    expect(await (await fetch(url(), chunked)).json()).toMatchObject({ valid: true });
  });

  it('IN-02: a body without an announced length is counted too', async () => {
    const body = new Blob([`{"license_key":"${'a'.repeat(70_000)}","feature":"b"}`]).stream();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url(), { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    expect(response.status).toBe(413);
  });

  it('a caller that leaves in the middle harms nobody', async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"lic`,
    );
    socket.destroy();
    await once(socket, 'close');
    expect(await (await fetch(url(), bed.signed(panel, question))).json()).toMatchObject({ valid: true });
  });

  it('an unsigned one is refused by the text old panels understand', async () => {
    expect(await (await fetch(url(), plain(question))).json()).toMatchObject({
      valid: false,
      error: 'Invalid request signature or expired timestamp',
    });
  });
});
