import { describe, expect, it } from '@jest/globals';
import {
  ACTIVE,
  ended,
  hostileBodies,
  isFit,
  STATUSES,
  textsOf,
  VENDOR_ERRORS,
} from '#activities/http/egress/testing/hostile.ts';
import type { Panel } from '../panel.ts';
import { createNextPanel } from './adapter.ts';

const FIELDS = [
  'id',
  'username',
  'email',
  'status',
  'detail',
  'metadata',
  'billing_id',
  'is_suspended',
  'version',
  'total_domains',
  'storage_used',
  'last_login',
  'name',
];
const SERVICE = { serviceId: '0190-service', username: 'adasite' };
const ACCOUNT = { externalId: '7' };

const calls: Record<string, (panel: Panel) => Promise<unknown>> = {
  ensureAccount: (panel) =>
    panel.ensureAccount({
      ...SERVICE,
      customerId: 'c-1',
      email: 'ada@example.com',
      fullName: 'Ada',
      packageId: '3',
      initialPassword: async () => 'initial-canary-0123456789',
    }),
  ensureSuspended: (panel) => panel.ensureSuspended(ACCOUNT, 'unpaid'),
  ensureActive: (panel) => panel.ensureActive(ACCOUNT),
  ensureDeleted: (panel) => panel.ensureDeleted({ ...ACCOUNT, ...SERVICE }),
  find: (panel) => panel.find(ACCOUNT),
  'find by name': (panel) => panel.find(SERVICE),
  list: (panel) => panel.list(),
  usage: (panel) => panel.usage(ACCOUNT),
  check: (panel) => panel.check(),
  setPassword: (panel) => panel.setPassword!(ACCOUNT, 'password-canary-0123456789'),
  handOverLicense: (panel) =>
    panel.handOverLicense!({
      licenseKey: 'NP-CANAR',
      account: { ...ACCOUNT, username: 'ada', email: 'ada@example.com' },
      plan: 'starter',
      quotas: { domains: 1 },
    }),
  packages: (panel) => panel.packages!(),
};

/** A panel that answers everything alike, but for the list that creating begins with. */
const answering = (status: number, body: string, listing?: string) =>
  createNextPanel({
    node: 'ams-1',
    baseURL: 'https://panel.example',
    apiKey: 'npk_canary-key-0123456789',
    apiSecret: 'nps_canary-secret-0123456789',
    capabilities: { licenses: true, packages: true, passwords: true },
    fetch: (async (url: string | URL, init: RequestInit = {}) => {
      const isList = listing !== undefined && init.method === 'GET' && String(url).endsWith('/accounts');
      const headers = { 'content-type': 'text/html', location: `/${encodeURI('x'.repeat(5_000))}` };
      if (isList) return new Response(listing, { status: 200, headers });
      return new Response(status === 204 ? null : body, { status, headers });
    }) as typeof fetch,
  });

describe('SSRF-07 a hostile panel', () => {
  it.each(Object.keys(calls))(
    '%s ends as a result that is fit to be kept, or as an error that says how to react',
    async (name) => {
      const wrong: unknown[] = [];
      for (const [what, body] of Object.entries(hostileBodies(FIELDS))) {
        for (const status of STATUSES) {
          for (const listing of [undefined, '[]']) {
            const { result, error } = await ended(calls[name]!(answering(status, body, listing)));
            const texts = error ? [error.message] : textsOf(result);
            const isKnown = !error || VENDOR_ERRORS.includes(error.name);
            if (!isKnown || !texts.every(isFit) || /canary/i.test(texts.join()))
              wrong.push([what, status, error ?? result]);
          }
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it('no answer but an account makes an account ready', async () => {
    for (const [what, body] of Object.entries(hostileBodies(FIELDS))) {
      for (const status of STATUSES) {
        const { result } = await ended(calls['ensureAccount']!(answering(status, body, '[]')));
        expect([what, status, (result as { outcome?: string } | undefined)?.outcome]).not.toEqual([
          what,
          status,
          'ready',
        ]);
      }
    }
  });

  it('an account of another name or number is no account of ours', async () => {
    const listing = JSON.stringify([
      { id: 1.5, username: 'adasite' },
      { id: '7', username: 'adasite' },
      { id: 9, username: ACTIVE, metadata: { __proto__: 1, billing_service_id: 'x'.repeat(300) } },
    ]);
    expect(await answering(500, '', listing).find(SERVICE)).toBeNull();
    const [account] = await answering(500, '', listing).list();
    expect(account).toMatchObject({ externalId: '9', serviceId: undefined });
    expect(isFit(account!.username)).toBe(true);
  });

  it('a passed check needs what a panel says, and shows none of its text', async () => {
    for (const [, body] of Object.entries(hostileBodies(FIELDS))) {
      for (const status of STATUSES) {
        const { ok, version, steps } = await answering(status, body).check();
        expect([status, ok]).toEqual([status, false]);
        expect(isFit(version ?? '')).toBe(true);
        expect(steps.map(({ message }) => message).join()).not.toMatch(/<script|javascript:/);
      }
    }
  });
});
