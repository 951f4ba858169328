import { describe, expect, it } from '@jest/globals';
import type { NextPanelConfig } from './adapter.ts';
import { panel, simulator } from './testing/harness.ts';

describe('the connection test', () => {
  const messages = async (change: Partial<NextPanelConfig> = {}) => (await panel(change).check()).steps;

  it('tells version and accounts, step by step', async () => {
    expect(await panel().check()).toEqual({
      ok: true,
      version: '2.4.1',
      accounts: 0,
      capabilities: ['licenses'],
      steps: [
        { name: 'Reach the server', ok: true, message: 'It answers, version 2.4.1.' },
        { name: 'Sign in and list accounts', ok: true, message: 'The key is accepted; 0 accounts.' },
        { name: 'Right to make accounts', ok: true, message: 'The key may make accounts.' },
      ],
    });
  });

  it('finds out what this panel can, and changes nothing by it', async () => {
    simulator.settings.licenses = false;
    expect((await panel().check()).capabilities).toEqual([]);
    simulator.settings.licenses = true;
    simulator.settings.patch = true;
    simulator.settings.packages = true;
    expect((await panel().check()).capabilities).toEqual(['licenses', 'packages', 'passwords']);
    expect(simulator.accounts.everMade()).toEqual([]);
  });

  it('is two calls in the regular round, which says nothing of what it does not look at', async () => {
    const asked: string[] = [];
    const watched = panel({
      fetch: (url, init) => {
        asked.push(new URL(String(url)).pathname);
        return fetch(url, init);
      },
    });
    const { ok, capabilities, accounts } = await watched.check({ quick: true });
    expect({ ok, capabilities, accounts }).toEqual({ ok: true, capabilities: undefined, accounts: undefined });
    expect(asked).toEqual(['/api/health', '/api/v1/billing/accounts']);
  });

  it('reports a missing right verbatim, after a healthy start', async () => {
    simulator.settings.accountsNeed = 'super_admin';
    expect((await messages()).at(-1)).toMatchObject({
      ok: false,
      message: expect.stringContaining("403 The user doesn't have super admin privileges. The permission level"),
    });
  });

  it('fails where the panel says that it is not well', async () => {
    simulator.settings.health = 'degraded';
    expect(await messages()).toEqual([expect.objectContaining({ ok: false, message: 'It says of itself: degraded.' })]);
  });

  it('SSRF-06 shows nothing of a body that is not NextPanel’s', async () => {
    const canary = 'root:x:0:0';
    const fetch = () => Promise.resolve(new Response(`<h1>${canary}</h1>`, { status: 200 }));
    const result = await panel({ fetch }).check();
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain(canary);
  });

  it.each([
    { code: 'ECONNREFUSED', says: 'No usable answer' },
    { code: 'ENOTFOUND', says: 'No usable answer' },
    { code: 'CERT_HAS_EXPIRED', says: 'certificate is not valid' },
    { code: 'EGRESS_BLOCKED', says: 'not allowed' },
  ])('SSRF-06 tells of a connection only the kind: $code', async ({ code, says }) => {
    const fetch = () =>
      Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('10.0.0.5 port 22'), { code }) }));
    const steps = await messages({ fetch });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({ ok: false, message: expect.stringContaining(says) });
    expect(steps[0]!.message).not.toContain('10.0.0.5');
  });

  it('is not fooled by something that accepts everything', async () => {
    const fetch = (url: string | URL | Request) =>
      Promise.resolve(Response.json(String(url).endsWith('/accounts') ? [] : { status: 'ok' }));
    expect((await messages({ fetch })).at(-1)).toMatchObject({
      ok: false,
      message: expect.stringContaining('not a NextPanel'),
    });
  });
});
