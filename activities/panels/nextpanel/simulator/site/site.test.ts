import { describe, expect, it } from '@jest/globals';
import { createNextPanelSimulator, type NextPanelSimulator } from '../simulator.ts';

const KEY = { key_id: 'npk_simulator-test', key_secret: 'nps_simulator-test-secret' };
const OURS = { 'x-api-key': KEY.key_id, 'x-api-secret': KEY.key_secret };
const ACCOUNTS = '/api/v1/billing/accounts';
const account = { username: 'c7k2m9q4', email: 'ines@harbor-bakery.example', password: 'vL3!rk8Zp0wQe6T' };

function open() {
  const simulator = createNextPanelSimulator({ keys: [KEY], admin: { username: 'root', password: 'correct horse' } });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = OURS) => {
    const response = await simulator.app.request(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  return { simulator, call };
}

/** A browser: keeps its cookie, and sends forms. */
function browse(simulator: NextPanelSimulator) {
  let cookie = '';
  return async (path: string, form?: Record<string, string>): Promise<{ status: number; text: string }> => {
    const response = await simulator.app.request(path, {
      headers: { cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const to = response.headers.get('location');
    if (!to) return { status: response.status, text: await response.text() };
    return { status: response.status, text: await (await simulator.app.request(to, { headers: { cookie } })).text() };
  };
}

describe('the simulated panel', () => {
  it('is a page on which the administrator signs in, makes a key that opens the door, and revokes it', async () => {
    const { simulator, call } = open();
    const visit = browse(simulator);
    expect((await visit('/')).text).toContain('action="/sign-in"');
    expect(await visit('/sign-in', { username: 'root', password: 'wrong' })).toMatchObject({
      status: 401,
      text: expect.stringContaining('Incorrect username or password'),
    });
    // Nobody makes a key before.
    const wish = { name: 'mine', permission_level: 'billing', rate_limit_per_hour: '2', rate_limit_per_day: '10' };
    expect((await visit('/keys', wish)).text).toContain('action="/sign-in"');

    const home = await visit('/sign-in', { username: 'root', password: 'correct horse' });
    expect(home.text).toContain(KEY.key_id);
    expect(home.text).not.toContain(KEY.key_secret);
    const { text } = await visit('/keys', wish);
    const pair = {
      'x-api-key': />(npk_[\w-]{43})</.exec(text)![1]!,
      'x-api-secret': />(nps_[\w-]{64})</.exec(text)![1]!,
    };
    expect((await visit('/')).text).not.toContain(pair['x-api-secret']);
    for (const status of [200, 200, 429]) {
      expect(await call('GET', ACCOUNTS, undefined, pair)).toMatchObject({ status });
    }
    await visit(`/keys/${pair['x-api-key']}/revoke`, {});
    expect(await call('GET', ACCOUNTS, undefined, pair)).toMatchObject({ status: 401 });
    await visit('/sign-out', {});
    expect((await visit('/')).text).toContain('action="/sign-in"');
  });

  it('is a page on which a customer sees the own account, as long as it is not suspended', async () => {
    const { simulator, call } = open();
    const { id } = JSON.parse((await call('POST', ACCOUNTS, account)).text) as { id: number };
    const visit = browse(simulator);
    const pair = { username: account.username, password: account.password };
    const home = await visit('/sign-in', pair);
    expect(home.text).toContain(account.email);
    expect(home.text).not.toContain('npk_');
    expect((await visit('/keys', { name: 'mine', permission_level: 'billing' })).text).not.toContain('npk_');
    expect((await call('GET', `${ACCOUNTS}/${id}/stats`)).text).toMatch(/"last_login":"2/);
    await call('POST', `${ACCOUNTS}/${id}/suspend`, {});
    expect(await visit('/sign-in', pair)).toMatchObject({ status: 401 });
  });
});
