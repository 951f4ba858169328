/**
 * A NextPanel server that speaks nextpanel.md part A: keys, accounts, health, statistics, and on demand the routes
 * that not every panel has. Part E says what it must imitate. Never reachable in production.
 */
import { z } from 'zod';
import { createSimulator } from '#activities/simulation/simulator.ts';
import { panelClient, type Manner } from './license-client.ts';
import { createAccounts, type SimulatedAccount } from './accounts.ts';
import { createKeys, newKey, same, type ApiKey } from './keys.ts';
import { panelRoutes, type NextPanelSettings } from './routes.ts';
import { siteRoutes } from './site/site.ts';

export interface NextPanelSimulatorConfig extends Partial<NextPanelSettings> {
  /** Key pairs that exist from the start; what is not told is as the panel would make it. */
  keys?: Partial<ApiKey>[];
  /** Who signs in to make keys: "admin", "simulated" unless told. */
  admin?: { username: string; password: string };
  /** Shown in the health answer; "2.4.1" unless told. */
  version?: string;
  stateFile?: string | undefined;
}

export function createNextPanelSimulator(config: NextPanelSimulatorConfig = {}) {
  const {
    keys: given = [],
    admin = { username: 'admin', password: 'simulated' },
    version = '2.4.1',
    stateFile,
  } = config;
  const settings: NextPanelSettings = {
    returnsMetadata: config.returnsMetadata ?? true,
    returnsBillingId: config.returnsBillingId ?? true,
    licenses: config.licenses ?? true,
    packages: config.packages ?? false,
    patch: config.patch ?? false,
    repeats: config.repeats ?? 'ok',
    accountsNeed: config.accountsNeed ?? 'billing',
    health: config.health ?? 'healthy',
  };
  const sim = createSimulator({
    name: 'NextPanel',
    stateFile,
    errorBody: (status) => ({ detail: ERROR_TEXTS[status] ?? 'Internal Server Error' }),
  });
  const { app, clock } = sim;
  const { now } = clock;
  const keys = createKeys({
    stored: sim.collection<ApiKey>('api_key'),
    given: given.map((key) => newKey(key, now())),
    now,
  });
  const accounts = createAccounts(sim.collection<SimulatedAccount>('account'), now);

  const isAdmin = (username: string, password: string) => username === admin.username && same(password, admin.password);
  panelRoutes(app, { settings, keys, accounts, tokens: sim.collection('access_token'), isAdmin, version, now });
  siteRoutes(app, { keys, accounts, sessions: sim.collection('site_session'), isAdmin, adminName: admin.username });

  app.get('/_sim/settings', (c) => c.json(settings));
  app.post('/_sim/settings', async (c) => c.json(Object.assign(settings, await c.req.json())));
  app.get('/_sim/accounts', (c) => c.json(accounts.everMade()));
  app.patch('/_sim/accounts/:id', async (c) => {
    const row = accounts.alive(Number(c.req.param('id')));
    return row ? c.json(accounts.change(row, await c.req.json())) : c.json({ detail: 'Not Found' }, 404);
  });
  app.get('/_sim/accounts-by-service', (c) => c.json(accounts.byService()));
  app.get('/_sim/keys', (c) => c.json(keys.all()));
  app.patch('/_sim/keys/:id', async (c) => {
    const changed = keys.change(c.req.param('id'), await c.req.json());
    return changed ? c.json(changed) : c.json({ detail: 'Not Found' }, 404);
  });
  app.post('/_sim/validate', async (c) => {
    const { manner, times, ...body } = Ask.parse(await c.req.json());
    const client = panelClient(body);
    const question = { licenseKey: body.licenseKey, feature: body.feature };
    if (manner === 'replayed') await client.validate(question);
    return c.json(await client.burst(question, times, manner));
  });
  app.notFound((c) => c.json({ detail: 'Not Found' }, 404));

  return { ...sim, settings, keys, accounts };
}
export type NextPanelSimulator = ReturnType<typeof createNextPanelSimulator>;

const Ask = z.object({
  billingUrl: z.url(),
  panelId: z.string(),
  secret: z.string(),
  apiKey: z.string().optional(),
  legacy: z.object({ secret: z.string(), sourceIp: z.string() }).optional(),
  licenseKey: z.string(),
  feature: z.string(),
  manner: z
    .enum(['signed', 'unsigned', 'replayed', 'stale', 'tampered', 'legacy', 'api-key'] satisfies Manner[])
    .default('signed'),
  times: z.int().min(1).max(1_000).default(1),
});

/** Words of nextpanel.md A6, for planned faults. */
const ERROR_TEXTS: Record<number, string> = {
  401: 'Invalid API key or secret',
  403: "The user doesn't have super admin privileges",
  429: 'Rate limit exceeded',
};
