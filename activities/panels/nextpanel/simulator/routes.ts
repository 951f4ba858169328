/** The routes of the simulated panel, as nextpanel.md A3 and A4 have them. */
import { randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { Collection } from '#activities/simulation/store.ts';
import { CreateAccount, fastApiErrors, type Accounts, type SimulatedAccount } from './accounts.ts';
import { KeyWish, type Keys, type Level } from './keys.ts';

const ACCOUNTS = '/api/v1/billing/accounts';
const PACKAGES = [
  { id: 1, name: 'Starter' },
  { id: 2, name: 'Professional' },
  { id: 3, name: 'Enterprise' },
];
const Provision = z.object({
  license_key: z.string().min(1),
  email: z.email(),
  plan: z.string(),
  features: z.record(z.string(), z.unknown()).default({}),
});
const Change = z.object({
  package_id: z.union([z.int(), z.string().regex(/^\d+$/)]).optional(),
  password: z.string().min(1).optional(),
});

/** How this panel differs from another; changed while it runs by `POST /_sim/settings`. */
export interface NextPanelSettings {
  /** The real one may not give `metadata` back. */
  returnsMetadata: boolean;
  returnsBillingId: boolean;
  /** `POST /api/v1/licenses/provision`. */
  licenses: boolean;
  /** `GET /api/v1/billing/packages`. */
  packages: boolean;
  /** `PATCH /api/v1/billing/accounts/{id}`. */
  patch: boolean;
  /** What suspending a suspended account, and the like, is answered with. */
  repeats: 'ok' | 'refused';
  /** The level that making accounts needs: the guides say billing, some installations want more. */
  accountsNeed: Level;
  health: 'healthy' | 'ok' | 'degraded';
}

type Ctx = Context<{ Bindings: HttpBindings }>;

export interface PanelParts {
  settings: NextPanelSettings;
  keys: Keys;
  accounts: Accounts;
  tokens: Collection<{ token: string }>;
  isAdmin: (username: string, password: string) => boolean;
  version: string;
  now: () => Date;
}

export function panelRoutes(app: Hono<{ Bindings: HttpBindings }>, parts: PanelParts): void {
  const { settings, keys, accounts, tokens, isAdmin, version, now } = parts;

  const notFound = (c: Ctx, detail = 'Not Found') => c.json({ detail }, 404);
  const read = async <T>(c: Ctx, shape: z.ZodType<T>): Promise<{ value: T } | { response: Response }> => {
    let body: unknown;
    try {
      body = await c.req.json();
    } catch {
      const detail = [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }];
      return { response: c.json({ detail }, 422) };
    }
    const checked = shape.safeParse(body);
    return checked.success ? { value: checked.data } : { response: c.json(fastApiErrors(checked.error, body), 422) };
  };
  const wire = (row: SimulatedAccount) => ({
    id: row.id,
    username: row.username,
    email: row.email,
    full_name: row.full_name,
    company: row.company,
    package_id: row.package_id,
    is_admin: row.is_admin,
    status: row.state,
    is_active: row.state === 'active',
    created_at: row.createdAt.slice(0, 19),
    ...(settings.returnsBillingId ? { billing_id: row.billing_id } : {}),
    ...(settings.returnsMetadata ? { metadata: row.metadata } : {}),
  });
  const ofPath = (c: Ctx) => accounts.alive(Number(c.req.param('id')));

  app.get('/api/health', (c) => c.json({ status: settings.health, version, database: 'connected' }));

  app.post('/api/auth/login/json', async (c) => {
    const body = await read(c, z.object({ username: z.string(), password: z.string() }));
    if ('response' in body) return body.response;
    const { username, password } = body.value;
    if (!isAdmin(username, password)) {
      return c.json({ detail: 'Incorrect username or password' }, 401);
    }
    const token = randomBytes(24).toString('base64url');
    tokens.set(token, { token });
    return c.json({ access_token: token, token_type: 'bearer' });
  });

  app.post('/api/api-keys/', async (c) => {
    const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    if (!token || !tokens.get(token)) return c.json({ detail: 'Could not validate credentials' }, 401);
    const body = await read(c, KeyWish);
    return 'response' in body ? body.response : c.json(keys.issue(body.value), 201);
  });

  // Rights come before the body is looked at, as FastAPI resolves its dependencies.
  const guard = (needs: (method: string) => Level) => async (c: Ctx, next: () => Promise<void>) => {
    const ip = (c.env?.incoming?.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    const refusal = keys.refuse(c.req.header('x-api-key'), c.req.header('x-api-secret'), ip, needs(c.req.method));
    if (!refusal) return next();
    if (refusal.retryAfter !== undefined) c.header('retry-after', String(refusal.retryAfter));
    return c.json({ detail: refusal.detail }, refusal.status);
  };
  const levelFor = (method: string): Level => (method === 'GET' ? 'read_only' : settings.accountsNeed);
  app.use('/api/v1/*', guard(levelFor));

  app.get(ACCOUNTS, (c) => c.json(accounts.living().map(wire)));
  app.post(ACCOUNTS, async (c) => {
    const body = await read(c, CreateAccount);
    if ('response' in body) return body.response;
    const made = accounts.create(body.value);
    return typeof made === 'string' ? c.json({ detail: made }, 400) : c.json(wire(made), 201);
  });
  app.get(`${ACCOUNTS}/:id`, (c) => {
    const row = ofPath(c);
    return row ? c.json(wire(row)) : notFound(c, 'Account not found');
  });
  app.patch(`${ACCOUNTS}/:id`, async (c) => {
    if (!settings.patch) return c.json({ detail: 'Method Not Allowed' }, 405);
    const row = ofPath(c);
    if (!row) return notFound(c, 'Account not found');
    const body = await read(c, Change);
    if ('response' in body) return body.response;
    const { package_id: packageId, password } = body.value;
    if (password !== undefined) accounts.setPassword(row, password);
    if (packageId !== undefined) accounts.change(ofPath(c)!, { package_id: Number(packageId) });
    return c.json(wire(ofPath(c)!));
  });
  app.post(`${ACCOUNTS}/:id/suspend`, async (c) => {
    const row = ofPath(c);
    if (!row) return notFound(c, 'Account not found');
    const body = await read(c, z.object({ reason: z.string().default('Suspended by billing system') }));
    if ('response' in body) return body.response;
    if (row.state === 'suspended' && settings.repeats === 'refused') {
      return c.json({ detail: 'Account is already suspended' }, 400);
    }
    return c.json(wire(accounts.change(row, { state: 'suspended', suspendReason: body.value.reason })));
  });
  app.post(`${ACCOUNTS}/:id/unsuspend`, (c) => {
    const row = ofPath(c);
    if (!row) return notFound(c, 'Account not found');
    if (row.state === 'active' && settings.repeats === 'refused') {
      return c.json({ detail: 'Account is already active' }, 409);
    }
    return c.json(wire(accounts.change(row, { state: 'active', suspendReason: null })));
  });
  app.delete(`${ACCOUNTS}/:id`, (c) => {
    const row = ofPath(c);
    if (!row) return notFound(c, 'Account not found');
    accounts.change(row, { state: 'deleted' });
    return c.json({ message: 'Account deleted successfully' });
  });
  app.get(`${ACCOUNTS}/:id/stats`, (c) => {
    const row = ofPath(c);
    if (!row) return notFound(c, 'Account not found');
    return c.json({
      user_id: row.id,
      username: row.username,
      email: row.email,
      total_domains: row.usage.domains ?? 0,
      total_databases: row.usage.databases ?? 0,
      total_email_accounts: row.usage.emails ?? 0,
      total_ssl_certificates: row.usage.certificates ?? 0,
      storage_used: row.usage.storageBytes ?? 0,
      last_login: row.lastLoginAt?.slice(0, 19) ?? null,
      account_age_days: Math.floor((now().getTime() - Date.parse(row.createdAt)) / 86_400_000),
    });
  });
  app.get('/api/v1/billing/packages', (c) => (settings.packages ? c.json(PACKAGES) : notFound(c)));
  app.post('/api/v1/licenses/provision', async (c) => {
    if (!settings.licenses) return notFound(c);
    const body = await read(c, Provision);
    if ('response' in body) return body.response;
    const { license_key: key, email, plan, features } = body.value;
    const found = accounts.byEmail(email);
    // As documented, the panel builds the account itself when there is none for that address.
    const row =
      found ?? accounts.create({ ...CreateAccount.parse({ username: `u${Date.now()}`, email, password: key }) });
    if (typeof row === 'string') return c.json({ detail: row }, 400);
    accounts.change(row, { license: { key, plan, features } });
    return c.json({ login_url: '/login', username: row.username, user_id: row.id }, found ? 200 : 201);
  });
}
