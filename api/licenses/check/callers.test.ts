import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { licenseTestBed, PATH, plain, read, type LicenseTestBed, type PanelKeys } from '../testing/harness.ts';

const KEY = 'NP-7HKD-Q2XW-9MRT-4FVB';
const FOREIGN = 'NP-7HKD-Q2XW-9MRT-4FVC';
const UNKNOWN = 'NP-7HKD-Q2XW-9MRT-4FVD';
const CREDENTIALS = 'Invalid request signature or expired timestamp';
const question = { license_key: KEY, feature: 'create_database' };

let bed: LicenseTestBed;
let nodeId: string;
let panel: PanelKeys;
let server: ReturnType<LicenseTestBed['open']>;

beforeAll(async () => {
  bed = await licenseTestBed();
  nodeId = await bed.node('ams-1');
  panel = await bed.panel(nodeId);
  await bed.license(KEY, nodeId);
  await bed.license(FOREIGN, await bed.node('fra-1'));
});
afterAll(() => bed.close());
beforeEach(() => {
  server = bed.open();
});

const errorOf = async (response: Response | Promise<Response>) => {
  const answer = await response;
  expect(answer.status).toBe(200);
  return (await read(answer)).error;
};

describe('PANEL-01: a panel signs its question', () => {
  it('and is heard', async () => {
    expect(await errorOf(server.send(PATH, bed.signed(panel, question)))).toBeNull();
  });

  it.each<[string, (request: { headers: Record<string, string>; body: string }) => string | void]>([
    ['timestamp', ({ headers }) => void (headers['x-panel-timestamp'] = String(bed.nowMs / 1000 + 1))],
    ['nonce', ({ headers }) => void (headers['x-panel-nonce'] = `${headers['x-panel-nonce']}x`)],
    [
      'method',
      ({ headers }) =>
        void (headers['x-panel-signature'] = headers['x-panel-signature']!.replace(/.$/, (c) =>
          c === '0' ? '1' : '0',
        )),
    ],
    ['path', () => `${PATH}?a=1`],
    ['path, by a slash', () => `${PATH}/`],
    ['body', (request) => void (request.body = request.body.replace('create_database', 'create_databasf'))],
    ['body, by a space', (request) => void (request.body = `${request.body} `)],
    [
      'version',
      ({ headers }) => void (headers['x-panel-signature'] = headers['x-panel-signature']!.replace('v1=', 'v2=')),
    ],
    ['case', ({ headers }) => void (headers['x-panel-signature'] = headers['x-panel-signature']!.toUpperCase())],
    ['signature, left out', ({ headers }) => void delete headers['x-panel-signature']],
    ['credential, another one of ours', ({ headers }) => void (headers['x-panel-id'] = 'pc_unknown')],
  ])('a change of one bit of the %s is refused', async (_what, change) => {
    const request = bed.signed(panel, question);
    const path = change(request) ?? PATH;
    expect(await errorOf(server.send(path, request))).toBe(CREDENTIALS);
  });

  it('the raw query is part of the path', async () => {
    const path = `${PATH}?b=2&a=%20`;
    expect(await errorOf(server.send(path, bed.signed(panel, question, { path })))).toBeNull();
  });

  it.each([
    [-300, null],
    [300, null],
    [-301, CREDENTIALS],
    [301, CREDENTIALS],
  ])('a timestamp %i s from now: %s', async (offset, error) => {
    const timestamp = String(bed.nowMs / 1000 + offset);
    expect(await errorOf(server.send(PATH, bed.signed(panel, question, { timestamp })))).toBe(error);
  });

  it.each(['', '1e9', '0x10', ' 1', '1795262400.5', '-1'])('a timestamp "%s" is refused', async (timestamp) => {
    expect(await errorOf(server.send(PATH, bed.signed(panel, question, { timestamp })))).toBe(CREDENTIALS);
  });

  it('a malformed key is told by its shape first (B1, step 1), and no bad credential says more', async () => {
    const wrong = { ...panel, secret: 'x' };
    const malformed = { license_key: 'nonsense', feature: 'x' };
    expect(await errorOf(server.send(PATH, bed.signed(wrong, malformed)))).toBe('Invalid license key format');
    const answers = await Promise.all(
      [KEY, FOREIGN, UNKNOWN].map(async (license_key) =>
        (await server.send(PATH, bed.signed(wrong, { license_key, feature: 'create_database' }))).text(),
      ),
    );
    expect(new Set(answers).size).toBe(1);
    expect(JSON.parse(answers[0]!)).toMatchObject({ valid: false, error: CREDENTIALS, code: null, nonce: null });
  });
});

describe('PANEL-02: credentials of a panel', () => {
  it('two are good at once, so one replaces the other without a gap; a revoked one ends within 5 s', async () => {
    const [old, young] = [await bed.panel(nodeId), await bed.panel(nodeId)];
    expect(await errorOf(server.send(PATH, bed.signed(old, question)))).toBeNull();
    expect(await errorOf(server.send(PATH, bed.signed(young, question)))).toBeNull();
    await bed.database.sql('update panel_credential set revoked_at = now() where id = $1', [old.id]);
    bed.pass(5);
    expect(await errorOf(server.send(PATH, bed.signed(old, question)))).toBe(CREDENTIALS);
    expect(await errorOf(server.send(PATH, bed.signed(young, question)))).toBeNull();
  });

  it('a credential made after it was asked for is found within 5 s', async () => {
    const early = { keyId: 'pc_early', secret: 'not made yet' };
    expect(await errorOf(server.send(PATH, bed.signed(early, question)))).toBe(CREDENTIALS);
    const made = await bed.panel(nodeId, { key_id: 'pc_early' });
    bed.pass(5);
    expect(await errorOf(server.send(PATH, bed.signed({ ...made, keyId: 'pc_early' }, question)))).toBeNull();
  });

  it.each<[string, Record<string, unknown>, string | null]>([
    ['expired', { expires_at: new Date(Date.now() - 1000) }, CREDENTIALS],
    ['without the scope', { scopes: ['usage:report'] }, CREDENTIALS],
    ['from a network not listed', { allowed_networks: ['198.51.100.0/24'] }, CREDENTIALS],
    ['from a listed network', { allowed_networks: ['198.51.100.0/24', '203.0.113.0/29'] }, null],
    ['with a list nobody can read', { allowed_networks: ['203.0.113.0/29', 'nonsense'] }, CREDENTIALS],
  ])('%s', async (_what, columns, error) => {
    expect(await errorOf(server.send(PATH, bed.signed(await bed.panel(nodeId, columns), question)))).toBe(error);
  });

  it('one sealed for another row is not used: nobody is told no for it', async () => {
    const moved = await bed.panel(nodeId);
    await bed.database.sql(
      'update panel_credential set secret = (select secret from panel_credential where id = $1) where id = $2',
      [panel.id, moved.id],
    );
    // In the same moment: they are looked up in one statement.
    const [broken, whole] = await Promise.all([moved, panel].map((by) => server.send(PATH, bed.signed(by, question))));
    expect(broken!.status).toBe(503);
    expect(await errorOf(whole!)).toBeNull();
  });
});

describe('PANEL-03: a nonce is good once', () => {
  it('for 600 s, and only for its own panel', async () => {
    const nonce = 'the-same-one';
    const other = await bed.panel(nodeId);
    expect(await errorOf(server.send(PATH, bed.signed(panel, question, { nonce })))).toBeNull();
    expect(await errorOf(server.send(PATH, bed.signed(panel, question, { nonce })))).toBe(CREDENTIALS);
    expect(await errorOf(server.send(PATH, bed.signed(other, question, { nonce })))).toBeNull();
    bed.pass(599);
    expect(await errorOf(server.send(PATH, bed.signed(panel, question, { nonce })))).toBe(CREDENTIALS);
  });

  it('of 50 at once one is heard', async () => {
    const request = bed.signed(panel, question);
    const answers = await Promise.all(Array.from({ length: 50 }, async () => errorOf(server.send(PATH, request))));
    expect(answers.filter((error) => error === null)).toHaveLength(1);
  });

  it('an unsigned attempt does not use it up', async () => {
    const request = bed.signed(panel, question);
    const forged = { ...request, body: request.body.replace('database', 'domains') };
    expect(await errorOf(server.send(PATH, forged))).toBe(CREDENTIALS);
    expect(await errorOf(server.send(PATH, request))).toBeNull();
  });
});

describe('PANEL-04: a license is seen by the panel it runs on', () => {
  it('a foreign one is answered as one that does not exist, byte for byte, header for header', async () => {
    const answerTo = async (license_key: string, by: PanelKeys) => {
      const response = await server.send(
        PATH,
        bed.signed(by, { license_key, feature: 'create_database' }, { nonce: license_key.slice(0, 3) + by.keyId }),
      );
      return { text: await response.text(), headers: [...response.headers] };
    };
    const twin = bed.open();
    const foreign = await answerTo(FOREIGN, panel);
    server = twin;
    const unknown = await answerTo(UNKNOWN, panel);
    expect(foreign).toEqual(unknown);
    expect(JSON.parse(foreign.text)).toMatchObject({
      error: 'Invalid license key',
      code: 'NOT_FOUND',
      expires_at: null,
    });
  });

  it('a license without a node is seen by no panel', async () => {
    await bed.license('NP-7HKD-Q2XW-9MRT-4FVE', null);
    const homeless = { license_key: 'NP-7HKD-Q2XW-9MRT-4FVE', feature: 'create_database' };
    expect(await errorOf(server.send(PATH, bed.signed(panel, homeless)))).toBe('Invalid license key');
  });
});

describe('an API key (B4.2)', () => {
  const bearer = (token: string) => plain(question, { authorization: `Bearer ${token}` });

  it('with the scope sees every license', async () => {
    const token = await bed.apiKey();
    expect(await errorOf(server.send(PATH, bearer(token)))).toBeNull();
    expect(
      await errorOf(
        server.send(PATH, plain({ ...question, license_key: FOREIGN }, { authorization: `bearer ${token}` })),
      ),
    ).toBeNull();
  });

  it.each<[string, Record<string, unknown>]>([
    ['without the scope', { scopes: ['nodes.read'] }],
    ['revoked', { revoked_at: new Date() }],
    ['expired', { expires_at: new Date(Date.now() - 1000) }],
    ['from a source not listed', { allowed_networks: ['198.51.100.1'] }],
  ])('%s is refused', async (_what, columns) => {
    expect(await errorOf(server.send(PATH, bearer(await bed.apiKey(columns))))).toBe(CREDENTIALS);
  });

  it('an unknown or malformed one is refused', async () => {
    expect(await errorOf(server.send(PATH, bearer('hw_nobody')))).toBe(CREDENTIALS);
    expect(await errorOf(server.send(PATH, plain(question, { authorization: 'Basic YTpi' })))).toBe(CREDENTIALS);
  });
});

describe('COMPAT-01: the legacy signature (B4.3)', () => {
  const secret = 'a-license-secret-of-its-own-0123456789';
  const hex = (text: string) => createHash('sha256').update(text).digest('hex');
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  const fingerprint = hex(`ip:203.0.113.7|ua:${hex('NextPanel/2').slice(0, 16)}|lang:${hex('').slice(0, 8)}`);
  const headers = { 'user-agent': 'NextPanel/2' };
  const legacy = (extra = {}, timestamp = bed.nowMs / 1000, text = `${KEY}|${timestamp}|${fingerprint}`) =>
    plain({ ...question, timestamp, signature: sign(text), ...extra }, headers);

  it('is refused while it is off', async () => {
    expect(await errorOf(server.send(PATH, legacy()))).toBe(CREDENTIALS);
  });

  it('is heard once while it is on, and not from another address', async () => {
    server = bed.open({ legacySecret: secret });
    expect(await errorOf(server.send(PATH, legacy(), '203.0.113.8'))).toBe(CREDENTIALS);
    expect(await errorOf(server.send(PATH, legacy()))).toBeNull();
    expect(await errorOf(server.send(PATH, legacy()))).toBe(CREDENTIALS);
  });

  it('covers additional data as it was written', async () => {
    server = bed.open({ legacySecret: secret });
    const timestamp = bed.nowMs / 1000;
    const sorted = '{"a": "\\u00e9", "n": 1.0}';
    const text = `${KEY}|${timestamp}|${fingerprint}|${sorted}`;
    const body = `{"license_key":"${KEY}","feature":"create_database","timestamp":${timestamp},"signature":"${sign(text)}","additional_data":{"n":1.0,"a":"é"}}`;
    const request = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
    expect(await errorOf(server.send(PATH, request))).toBeNull();
    const other = { ...request, body: body.replace('1.0', '2.0') };
    expect(await errorOf(server.send(PATH, other))).toBe(CREDENTIALS);
  });

  it.each([301, -301])('%i s off is refused', async (offset) => {
    server = bed.open({ legacySecret: secret });
    expect(await errorOf(server.send(PATH, legacy({}, bed.nowMs / 1000 + offset)))).toBe(CREDENTIALS);
  });
});

describe('COMPAT-02: an unsigned question (B4.4)', () => {
  const listed = { unsignedSources: ['ams-1=203.0.113.7', 'gone=203.0.113.9'] };

  it('is refused while it is off', async () => {
    expect(await errorOf(server.send(PATH, plain(question)))).toBe(CREDENTIALS);
  });

  it('is heard from a listed address, for licenses of that node', async () => {
    server = bed.open(listed);
    expect(await errorOf(server.send(PATH, plain(question)))).toBeNull();
    expect(await errorOf(server.send(PATH, plain({ ...question, timestamp: null, signature: null })))).toBeNull();
    expect(await errorOf(server.send(PATH, plain({ ...question, license_key: FOREIGN })))).toBe('Invalid license key');
  });

  it('is refused from another address, a forwarded one nobody vouches for, and a node that is not there', async () => {
    server = bed.open(listed);
    expect(await errorOf(server.send(PATH, plain(question), '203.0.113.8'))).toBe(CREDENTIALS);
    const spoofed = plain(question, { 'x-forwarded-for': '203.0.113.7' });
    expect(await errorOf(server.send(PATH, spoofed, '203.0.113.8'))).toBe(CREDENTIALS);
    expect(await errorOf(server.send(PATH, plain(question), '203.0.113.9'))).toBe(CREDENTIALS);
  });

  it('is heard through a trusted proxy, by the right-most address that is none', async () => {
    server = bed.open({ ...listed, trustedProxies: ['203.0.113.8'] });
    const forwarded = plain(question, { 'x-forwarded-for': '198.51.100.66, 203.0.113.7' });
    expect(await errorOf(server.send(PATH, forwarded, '203.0.113.8'))).toBeNull();
  });

  it('a bad panel signature is not made good by the address it comes from', async () => {
    server = bed.open(listed);
    expect(await errorOf(server.send(PATH, bed.signed({ ...panel, secret: 'x' }, question)))).toBe(CREDENTIALS);
  });

  it('a list that is not one stops the start', () => {
    expect(() => bed.open({ unsignedSources: ['ams-1'] })).toThrow('is not <node name>=<address>');
    expect(() => bed.open({ unsignedSources: ['a=203.0.113.7', 'b=203.0.113.7'] })).toThrow('one node only');
  });
});

describe('COMPAT-03: refused credentials', () => {
  it('become one security event with a count, without any secret', async () => {
    const stranger = { keyId: 'pc_stranger', secret: 'whatever' };
    for (let i = 0; i < 4; i += 1) await server.send(PATH, bed.signed(stranger, question), '192.0.2.44');
    await server.flush();
    const rows = await bed.database.sql(
      `select actor_type, action, after, network, result from audit_entry where network = '192.0.2.44'`,
    );
    expect(rows).toEqual([
      {
        actor_type: 'anonymous',
        action: 'license.credentials_refused',
        after: { reason: 'unknown panel credential', count: 4 },
        network: '192.0.2.44',
        result: 'refused',
      },
    ]);
  });
});
