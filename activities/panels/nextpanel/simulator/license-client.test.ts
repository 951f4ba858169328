import { createHash, createHmac } from 'node:crypto';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen, type RunningSimulator } from '#activities/simulation/simulator.ts';
import { panelClient, signLegacy, signPanelRequest, type Manner } from './license-client.ts';
import { createNextPanelSimulator } from './simulator.ts';

const question = { licenseKey: 'NP-7HKD-Q2XW-9MRT-4FVB', feature: 'create_database' };
const secret = 'a-panel-secret-of-at-least-32-bytes';
const NOW = Date.UTC(2026, 2, 1, 12, 0, 0);

/** What the billing product would see: the request as it came. */
let seen: { path: string; headers: Headers; body: string }[];
let billing: RunningSimulator;
beforeEach(async () => {
  seen = [];
  const app = new Hono();
  app.post('*', async (c) => {
    seen.push({ path: c.req.path, headers: c.req.raw.headers, body: await c.req.text() });
    return c.json({ valid: true, remaining_quota: 5, error: null });
  });
  billing = await listen(app as never);
});
afterEach(() => billing.close());

const client = () =>
  panelClient({
    billingUrl: billing.url,
    panelId: 'panel-1',
    secret,
    legacy: { secret: 'short', sourceIp: '192.0.2.7' },
    apiKey: 'hw_key',
    now: () => NOW,
  });

/** B4.1 spelled out once more, so that client and server cannot be wrong alike. */
const genuine = ({ path, headers, body }: (typeof seen)[number]) => {
  const text = [
    headers.get('x-panel-timestamp'),
    headers.get('x-panel-nonce'),
    'POST',
    path,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  return headers.get('x-panel-signature') === `v1=${createHmac('sha256', secret).update(text).digest('hex')}`;
};

describe('a panel that asks for a license', () => {
  it('PANEL-01 signs timestamp, nonce, method, path and body', async () => {
    expect(await client().validate(question)).toMatchObject({ status: 200, body: { valid: true, remaining_quota: 5 } });
    const [call] = seen;
    expect(call).toMatchObject({ path: '/api/v1/licenses/validate' });
    expect(JSON.parse(call!.body)).toEqual({ license_key: question.licenseKey, feature: 'create_database' });
    expect(call!.headers.get('x-panel-id')).toBe('panel-1');
    expect(call!.headers.get('x-panel-timestamp')).toBe(String(NOW / 1_000));
    expect(genuine(call!)).toBe(true);
  });

  it('has published vectors', () => {
    const request = {
      timestamp: 1_772_366_400,
      nonce: '00',
      method: 'post',
      path: '/api/v1/licenses/validate',
      body: '{}',
    };
    expect(signPanelRequest('secret', request)).toBe(
      'v1=948a1a4ababab72b41a409c640e1be6aa3159e98ed765f84d1013480cda9d228',
    );
    expect(signLegacy('short', 'NP-AAAA-BBBB-CCCC-DDDD', 1_772_366_400, '192.0.2.7')).toBe(
      'b84c36f37b1ed21ce6955dbb828d5055fe24410eb6511446aa19b6f2c4f4420f',
    );
  });

  it('takes a new nonce each time, and the old one only when it replays', async () => {
    const panel = client();
    await panel.validate(question);
    await panel.validate(question);
    await panel.validate(question, 'replayed');
    const nonces = seen.map(({ headers }) => headers.get('x-panel-nonce'));
    expect(nonces[0]).not.toBe(nonces[1]);
    expect(nonces[2]).toBe(nonces[1]);
    expect(seen[2]!.body).toBe(seen[1]!.body);
    await expect(client().validate(question, 'replayed')).rejects.toThrow('no request to replay');
  });

  it('can be wrong in every way', async () => {
    const panel = client();
    for (const manner of ['unsigned', 'stale', 'tampered', 'api-key', 'legacy'] satisfies Manner[]) {
      await panel.validate(question, manner);
    }
    const [unsigned, stale, tampered, apiKey, legacy] = seen;
    expect(unsigned!.headers.has('x-panel-signature')).toBe(false);
    expect(stale!.headers.get('x-panel-timestamp')).toBe(String(NOW / 1_000 - 600));
    expect([genuine(stale!), genuine(tampered!)]).toEqual([true, false]);
    expect(apiKey!.headers.get('authorization')).toBe('Bearer hw_key');
    expect(JSON.parse(legacy!.body)).toMatchObject({
      timestamp: NOW / 1_000,
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('signs the legacy way over the headers that it really sends', async () => {
    await client().validate(question, 'legacy');
    const { headers, body } = seen[0]!;
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const agent = hash(headers.get('user-agent') ?? '').slice(0, 16);
    const language = hash(headers.get('accept-language') ?? '').slice(0, 8);
    const print = hash(`ip:192.0.2.7|ua:${agent}|lang:${language}`);
    const key = createHash('sha256').update('short').digest();
    const expected = createHmac('sha256', key)
      .update(`${question.licenseKey}|${NOW / 1_000}|${print}`)
      .digest('hex');
    expect((JSON.parse(body) as { signature: string }).signature).toBe(expected);
  });

  it('asks many times at once', async () => {
    expect(await client().burst(question, 25)).toHaveLength(25);
    expect(new Set(seen.map(({ headers }) => headers.get('x-panel-nonce'))).size).toBe(25);
  });

  it('does so at the word of a test, through the simulator', async () => {
    const { app } = createNextPanelSimulator();
    const ask = (more: object) =>
      app.request('/_sim/validate', {
        method: 'POST',
        body: JSON.stringify({ billingUrl: billing.url, panelId: 'panel-1', secret, ...question, ...more }),
      });
    expect(await (await ask({})).json()).toMatchObject([{ status: 200, body: { valid: true } }]);
    expect(await (await ask({ manner: 'unsigned', times: 3 })).json()).toHaveLength(3);
    await ask({ manner: 'replayed' });
    const [first, again] = seen.slice(-2);
    expect(again!.headers.get('x-panel-nonce')).toBe(first!.headers.get('x-panel-nonce'));
  });
});
