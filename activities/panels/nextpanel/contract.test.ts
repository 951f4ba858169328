import { listen } from '#activities/simulation/simulator.ts';
import { panelContract } from '../panel.contract.ts';
import { HASTY_MS, type PanelHarness } from '../panel.harness.ts';
import { createNextPanel } from './adapter.ts';
import { createNextPanelSimulator, type NextPanelSimulatorConfig } from './simulator/simulator.ts';

const KEY = { key_id: 'npk_contract-test', key_secret: 'nps_contract-test-secret', rate_limit_per_hour: 100_000 };

async function start(config: NextPanelSimulatorConfig): Promise<PanelHarness> {
  const simulator = createNextPanelSimulator({ keys: [KEY], ...config });
  const server = await listen(simulator.app);
  const adapter = (apiSecret: string, timeoutMs = 30_000) =>
    createNextPanel({ node: 'ams-1', baseURL: server.url, apiKey: KEY.key_id, apiSecret, timeoutMs });
  let closed: Promise<void> | null = null;
  return {
    panel: adapter(KEY.key_secret),
    hasty: adapter(KEY.key_secret, HASTY_MS),
    stranger: adapter('nps_something-else'),
    creation: { method: 'POST', path: '^/api/v1/billing/accounts$' },
    lookUp: { method: 'GET', path: '^/api/v1/billing/accounts$' },
    creations: () =>
      simulator.faults.calls().filter(({ method, path }) => method === 'POST' && path === '/api/v1/billing/accounts')
        .length,
    fault: simulator.faults.plan,
    clearFaults: simulator.faults.clear,
    accountsOf: (serviceId) => simulator.accounts.byService()[serviceId] ?? { alive: 0, made: 0 },
    occupy: ({ username, email }) =>
      void simulator.accounts.create({ username, email, password: 'another', is_admin: false }),
    mayCreate: (allowed) =>
      void simulator.keys.change(KEY.key_id, { permission_level: allowed ? 'billing' : 'read_only' }),
    expireCredentials: (expired) =>
      void simulator.keys.change(KEY.key_id, { expires_at: expired ? '2020-01-01T00:00:00Z' : null }),
    close: () => (closed ??= server.close()),
  };
}

panelContract('NextPanel', () => start({}));
panelContract('A NextPanel that refuses repeats and wants a super admin', () =>
  start({ keys: [{ ...KEY, permission_level: 'super_admin' }], repeats: 'refused' }),
);
panelContract('A NextPanel that tells nobody whose an account is', () =>
  start({ returnsMetadata: false, returnsBillingId: false }),
);
