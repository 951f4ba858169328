import { describe, expect, it } from '@jest/globals';
import { egress } from '#activities/http/egress/testing/harness.ts';
import { request } from '../panel.harness.ts';
import { answering, failure, KEY, panel, server, simulator } from './testing/harness.ts';

describe('what NextPanel is sent', () => {
  it('is the account with our service, customer and package', async () => {
    const wish = request({ packageId: '4' });
    const { panel: asking, asked } = answering(201, { id: 1187, username: wish.username, email: wish.email });
    await asking.ensureAccount(wish);
    const { url, init } = asked.at(-1)!;
    expect([init.method, url]).toEqual(['POST', `${server.url}/api/v1/billing/accounts`]);
    expect(JSON.parse(String(init.body))).toEqual({
      username: wish.username,
      email: wish.email,
      password: await wish.initialPassword(),
      full_name: 'Ines Moreau',
      phone: null,
      company: 'Harbor Bakery',
      package_id: 4,
      is_admin: false,
      billing_id: wish.customerId,
      metadata: { created_from: 'billing', billing_service_id: wish.serviceId, account_type: 'panel' },
    });
  });

  it('carries the key pair on every call, health included', async () => {
    const { panel: asking, asked } = answering(200, { status: 'ok' });
    await asking.check();
    for (const { init } of asked) {
      const headers = new Headers(init.headers);
      expect([headers.get('x-api-key'), headers.get('x-api-secret')]).toEqual([KEY.key_id, KEY.key_secret]);
    }
    expect(asked[0]!.url).toBe(`${server.url}/api/health`);
  });

  it('gives the reason with a suspension, and nothing with its end', async () => {
    const { panel: asking, asked } = answering(200, {});
    await asking.ensureSuspended({ externalId: '7' }, 'Invoice HW-1 is overdue');
    await asking.ensureActive({ externalId: '7' });
    expect(asked.map(({ url, init }) => [url.slice(server.url.length), init.body])).toEqual([
      ['/api/v1/billing/accounts/7/suspend', '{"reason":"Invoice HW-1 is overdue"}'],
      ['/api/v1/billing/accounts/7/unsuspend', undefined],
    ]);
  });

  it('is never an account without a package', async () => {
    const { panel: asking, asked } = answering(201, {});
    const { name, message } = await failure(asking.ensureAccount(request({ packageId: '' })));
    expect(name).toBe('VendorRefused');
    expect(message).toContain('Map the plan to a package of this server');
    expect(asked).toEqual([]);
  });
});

describe('an account that an earlier try left behind', () => {
  const cases: { told: string; row: Record<string, unknown>; found: 'ready' | 'taken'; because: string }[] = [
    { told: 'our service', row: { metadata: { billing_service_id: 'OURS' } }, found: 'ready', because: 'it says so' },
    {
      told: 'our service, under another name',
      row: { username: 'renamed', metadata: { billing_service_id: 'OURS' } },
      found: 'ready',
      because: 'a service has one account, whatever its name',
    },
    {
      told: 'another service',
      row: { metadata: { billing_service_id: 'another' } },
      found: 'taken',
      because: "it is the other's, though name and address agree",
    },
    { told: 'our customer', row: { billing_id: 'CUSTOMER' }, found: 'ready', because: 'e-mail and customer are ours' },
    { told: 'another customer', row: { billing_id: 'another' }, found: 'taken', because: 'the customer is not ours' },
    { told: 'no customer', row: { billing_id: null }, found: 'taken', because: 'it was made by hand' },
    { told: 'nothing more', row: {}, found: 'ready', because: 'name and e-mail are ours' },
    { told: 'empty metadata', row: { metadata: {} }, found: 'ready', because: 'the panel does not keep it' },
    { told: 'another e-mail', row: { email: 'x@y.example' }, found: 'taken', because: 'the e-mail is not ours' },
    {
      told: 'our customer, another e-mail',
      row: { billing_id: 'CUSTOMER', email: 'x@y.example' },
      found: 'taken',
      because: 'both must agree',
    },
    { told: 'an upper-case name', row: { username: 'UPPER' }, found: 'ready', because: 'names are one in any case' },
  ];

  it.each(cases)('that tells $told is $found: $because', async ({ row, found }) => {
    const wish = request();
    const ours: Record<string, unknown> = {
      OURS: wish.serviceId,
      CUSTOMER: wish.customerId,
      UPPER: wish.username.toUpperCase(),
    };
    const replaced = JSON.parse(JSON.stringify(row), (_key, value: unknown) => ours[String(value)] ?? value) as object;
    const rows = [
      { id: 1, username: 'somebody', email: 'somebody@else.example' },
      { nonsense: true },
      { id: 9, username: wish.username, email: wish.email, ...replaced },
    ];
    const fetch = () => Promise.resolve(Response.json(rows));
    expect(await panel({ fetch }).ensureAccount(wish)).toMatchObject({ outcome: found });
  });

  it.each([
    { returnsMetadata: false, returnsBillingId: true },
    { returnsMetadata: false, returnsBillingId: false },
  ])('is adopted after a lost answer, with $returnsMetadata and $returnsBillingId', async (settings) => {
    Object.assign(simulator.settings, settings);
    const wish = request();
    simulator.faults.plan({ kind: 'lost-answer', method: 'POST', times: 1 });
    expect(await failure(panel().ensureAccount(wish))).toMatchObject({ name: 'OutcomeUnknown' });
    expect(await panel().ensureAccount(wish)).toMatchObject({ outcome: 'ready', made: false });
    expect(await panel().find(wish)).toMatchObject({ username: wish.username });
    expect(simulator.accounts.byService()[wish.serviceId]).toEqual({ alive: 1, made: 1 });
  });
});

describe('usage', () => {
  it('is what the panel counts; what it does not tell is absent', async () => {
    const { panel: full } = answering(200, {
      user_id: 1187,
      total_domains: 2,
      total_databases: 3,
      total_email_accounts: 11,
      storage_used: 1_048_576.4,
      last_login: '2025-11-02T07:41:10',
    });
    expect(await full.usage({ externalId: '1187' })).toEqual({
      domains: 2,
      databases: 3,
      mailboxes: 11,
      diskBytes: 1_048_576,
      lastSignInAt: new Date('2025-11-02T07:41:10Z'),
    });
    const { panel: bare } = answering(200, { total_domains: 'many', last_login: null, storage_used: -1 });
    expect(await bare.usage({ externalId: '1187' })).toEqual({});
  });
});

describe('what not every NextPanel can', () => {
  it('is absent where it is not switched on', () => {
    expect(panel().handOverLicense ?? panel().packages ?? panel().setPassword).toBeUndefined();
  });

  it('take over a license with its quotas, again with the same key', async () => {
    const wish = request();
    const capable = panel({ capabilities: { licenses: true } });
    const outcome = await capable.ensureAccount(wish);
    if (outcome.outcome !== 'ready') throw new Error(outcome.detail);
    const license = {
      licenseKey: 'NP-7HKD-Q2XW-9MRT-4FVB',
      account: outcome.account,
      plan: 'professional',
      quotas: { accounts: 1, domains: 25, databases: 50, emails: -1 },
    };
    await capable.handOverLicense!(license);
    await capable.handOverLicense!(license);
    expect(simulator.accounts.everMade().map(({ license }) => license)).toEqual([
      {
        key: 'NP-7HKD-Q2XW-9MRT-4FVB',
        plan: 'professional',
        features: { max_accounts: 1, max_domains: 25, max_databases: 50, max_emails: -1 },
      },
    ]);
  });

  it.each([
    ['another account', { user_id: 99, username: 'somebody' }, /to account 99 \(somebody\)/],
    ['no account', { login_url: '/login' }, /to an account that it does not name/],
  ])('a license that went to %s is refused in words', async (_, answer, says) => {
    const { panel: capable } = answering(200, answer, { capabilities: { licenses: true } });
    const account = { externalId: '1187', username: 'ada', email: 'ada@example.com' };
    const handed = capable.handOverLicense!({ licenseKey: 'NP-1', account, plan: 'starter', quotas: {} });
    expect(await failure(handed)).toMatchObject({ name: 'VendorRefused', message: expect.stringMatching(says) });
  });

  it('a license is not handed over where the account has no address to name it by', async () => {
    const { panel: capable, asked } = answering(200, { user_id: 1187 }, { capabilities: { licenses: true } });
    const account = { externalId: '1187', username: 'ada', email: '' };
    const handed = capable.handOverLicense!({ licenseKey: 'NP-1', account, plan: 'starter', quotas: {} });
    expect(await failure(handed)).toMatchObject({ name: 'VendorRefused' });
    expect(asked).toEqual([]);
  });

  it('set a password', async () => {
    simulator.settings.patch = true;
    const capable = panel({ capabilities: { passwords: true } });
    const outcome = await capable.ensureAccount(request());
    const [before] = simulator.accounts.everMade();
    if (outcome.outcome === 'ready') await capable.setPassword!(outcome.account, 'another-Passw0rd');
    const [after] = simulator.accounts.everMade();
    expect(after!.passwordSha256).not.toBe(before!.passwordSha256);
  });

  it('list packages', async () => {
    simulator.settings.packages = true;
    expect(await panel({ capabilities: { packages: true } }).packages!()).toContainEqual({
      id: '2',
      name: 'Professional',
    });
  });

  it('and says so where the panel has it not after all', async () => {
    const capable = panel({ capabilities: { packages: true, passwords: true } });
    expect(await failure(capable.packages!())).toMatchObject({ name: 'VendorRefused' });
    expect(await failure(capable.setPassword!({ externalId: '1001' }, 'x'))).toMatchObject({ name: 'VendorRefused' });
  });
});

describe('the look before a creation', () => {
  it('is shared by a burst of orders: far fewer lists than accounts', async () => {
    const one = panel();
    await Promise.all(Array.from({ length: 40 }, () => one.ensureAccount(request())));
    const lists = simulator.faults.calls().filter(({ method }) => method === 'GET');
    expect(simulator.accounts.living()).toHaveLength(40);
    expect(lists.length).toBeLessThanOrEqual(3);
  });
});

describe('SSRF-03 through the guarded way out', () => {
  it('a panel on a private address is reached where the operator listed it, and nowhere else', async () => {
    const listed = egress({ allow: [server.url] });
    const unlisted = egress();
    try {
      expect(await panel({ fetch: listed.fetch }).ensureAccount(request())).toMatchObject({ outcome: 'ready' });
      expect(await panel({ fetch: listed.fetch }).check()).toMatchObject({ ok: true });
      expect(await failure(panel({ fetch: unlisted.fetch }).ensureAccount(request()))).toMatchObject({
        name: 'VendorRefused',
        message: expect.stringContaining(`list exactly "${server.url}" in EGRESS_ALLOW`),
      });
    } finally {
      await Promise.all([listed.close(), unlisted.close()]);
    }
  });
});
