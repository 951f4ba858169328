import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { obtainTemporal } from '#temporal-config/obtain.ts';
import { devServerSettings } from '#temporal-config/server.ts';
import { environmentOf, isEmbedded, type Settings } from './environment.ts';
import { SIMULATORS } from './sandbox/vendors.ts';
import { buildPages } from './services/pages.ts';
import { ensureDatabase, startPostgres, superuserUrl } from './services/postgres.ts';
import type { Progress } from './progress.ts';
import { ourProgram, ourService, temporalService } from './services/programs.ts';
import type { Supervisor } from './processes/supervisor.ts';

/** First what takes in work, last what remembers it. */
export const STOP_ORDER = [['api'], ['worker'], [...SIMULATORS], ['temporal'], ['postgres']];

/** Starts every part that is not the person's own, as much at once as can be; resolves when all are ready. */
export async function startParts(supervisor: Supervisor, settings: Settings, progress: Progress): Promise<void> {
  const parts = { supervisor, settings, progress };
  const hasDatabase = startDatabase(parts);
  const hasTemporal = startTemporal(parts);
  const hasVendors = startVendors(parts);
  // A simulator that signs says only when it runs whose signatures are to be believed.
  const ready = Promise.all([hasDatabase, hasTemporal, hasVendors]);
  await Promise.all([
    Promise.all([ready, bundleWorkflows(parts)]).then(() => startWorker(parts)),
    Promise.all([ready, buildThePages(parts)]).then(() => startApi(parts)),
  ]);
}

interface Parts {
  supervisor: Supervisor;
  settings: Settings;
  progress: Progress;
}

async function startDatabase({ supervisor, settings, progress }: Parts): Promise<void> {
  const { own, data, ports, secrets } = settings;
  if (isEmbedded(own, 'postgres')) {
    await progress.step('database', async (step) => {
      const config = {
        name: 'postgres',
        dataDir: join(data, 'postgres'),
        port: ports.postgres,
        superuserPassword: secrets.databaseSuperuserPassword,
      };
      step.detail(`PostgreSQL 18 on port ${ports.postgres}`);
      if (!existsSync(config.dataDir)) step.note('making a new database, usually 2 s');
      await startPostgres(supervisor, config);
      await ensureDatabase(superuserUrl(config), secrets.databaseOwnerPassword);
    });
  }
  await progress.step('migrations', () =>
    supervisor.run(ourProgram('migrate', 'cli/main.ts', ['migrate', '--catalog'], settings)),
  );
}

function startTemporal({ supervisor, settings, progress }: Parts): Promise<void> {
  const { own, data, ports, secrets } = settings;
  return progress.step('Temporal', async (step) => {
    if (!isEmbedded(own, 'temporal')) {
      step.detail(`${own.TEMPORAL_ADDRESS}, as TEMPORAL_ADDRESS says`);
      return supervisor.run(ourProgram('namespace', 'cli/main.ts', ['namespace'], settings));
    }
    const { path, source } = await obtainTemporal({ env: own, note: step.note, run: supervisor.run });
    step.detail(`server on port ${ports.temporal}, its pages on ${ports.temporalUi} (from ${SOURCES[source]})`);
    mkdirSync(join(data, 'temporal'), { recursive: true, mode: 0o700 });
    const server = {
      port: ports.temporal,
      httpPort: ports.temporalHttp,
      uiPort: ports.temporalUi,
      file: join(data, 'temporal/server.db'),
      namespace: environmentOf('worker', settings).TEMPORAL_NAMESPACE,
      virtualTime: true,
      settingsFile: join(data, 'temporal/settings.yaml'),
    };
    const codecEndpoint = `http://localhost:${ports.api}/temporal/codec/${secrets.codecUiToken}`;
    writeFileSync(server.settingsFile, devServerSettings({ codecEndpoint }), { mode: 0o600 });
    await supervisor.start(temporalService(path, server, own));
  });
}

const SOURCES = { PATH: 'the PATH', cache: 'the cache', download: 'its download site', build: 'a build with Go' };

function startVendors({ supervisor, settings, progress }: Parts): Promise<void> {
  const { own, ports } = settings;
  const names = SIMULATORS.filter((name) => isEmbedded(own, name));
  const address = (name: (typeof names)[number], path: string) => `http://127.0.0.1:${ports[name]}/_sim/${path}`;
  return progress.step('vendors', async (step) => {
    step.detail(names.length > 0 ? `simulated: ${names.join(', ')}` : 'all real');
    await Promise.all(
      names.map((name) =>
        supervisor.start(
          ourService(name, 'cli/start/simulators.ts', [name], settings, {
            health: address(name, 'health'),
            graceMs: 2_000,
          }),
        ),
      ),
    );
    const trusts = await Promise.all(
      names.map(async (name) => {
        const response = await fetch(address(name, 'trust'));
        return response.ok ? [[name, await response.text()] as const] : [];
      }),
    );
    settings.trust = Object.fromEntries(trusts.flat());
  });
}

function buildThePages({ supervisor, settings, progress }: Parts): Promise<void> {
  return progress.step('pages', async (step) => {
    const built = await buildPages(supervisor, settings.own, step.note);
    step.detail(built ? 'built' : 'nothing has changed');
  });
}

function bundleWorkflows({ supervisor, settings, progress }: Parts): Promise<void> {
  const { WORKFLOW_BUNDLE } = environmentOf('worker', settings);
  const command = ourProgram('worker', 'cli/main.ts', ['bundle', WORKFLOW_BUNDLE!], settings);
  return progress.step('workflows', () => supervisor.run({ ...command, name: 'workflows' }));
}

function startWorker({ supervisor, settings, progress }: Parts): Promise<void> {
  const health = `http://127.0.0.1:${settings.ports.worker}/health/ready`;
  return progress.step('worker', () =>
    // It lets running activities end, which takes as long as a vendor's time-out at the most.
    supervisor.start(ourService('worker', 'worker/main.ts', [], settings, { health, graceMs: 10_000 })),
  );
}

function startApi({ supervisor, settings, progress }: Parts): Promise<void> {
  const { api } = settings.ports;
  return progress.step('API', (step) => {
    step.detail(`http://localhost:${api}`);
    return supervisor.start(
      ourService('api', 'api/main.ts', [], settings, { health: `http://127.0.0.1:${api}/readyz` }),
    );
  });
}
