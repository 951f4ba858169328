import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { obtainTemporal } from '#temporal-config/obtain.ts';
import { environmentOf, isEmbedded, type Part, type Settings } from './environment.ts';
import { startGuard } from './guard.ts';
import { rememberProcesses, stopLeftovers } from './leftovers.ts';
import { openLogs } from './logs.ts';
import { buildPages } from './pages.ts';
import { choosePorts, type PortName } from './ports.ts';
import { ensureDatabase, startPostgres, superuserUrl } from './postgres.ts';
import type { Progress } from './progress.ts';
import { openSecrets } from './secrets.ts';
import { ourProgram, ourService, temporalService } from './services.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

export interface Stack {
  /** Starts all parts that are not the person's own, as much at once as can be; resolves when all are ready. */
  start(): Promise<void>;
  /** Stops everything in order, also in the middle of a start; calling it again waits for the same end. */
  stop(): Promise<void>;
  /** Kills everything at once. */
  kill(): void;
  /** Process numbers by name; they change when one is started again. */
  pids(): Record<string, number>;
  /** Known once it has started. */
  facts(): { settings: Settings; addresses: Record<string, string> };
}

export interface StackOptions {
  /** The folder of everything this installation remembers. */
  data: string;
  /** The environment of whoever starts it. */
  env: Settings['own'];
  progress: Progress;
  /** Hears of every process that begins or ends. */
  changed?(): void;
}

const SIMULATORS = ['stripe', 'paypal', 'nextpanel', 'mailbox'] as const;
/** First what takes in work, last what remembers it. */
const STOP_ORDER = [['api'], ['worker'], [...SIMULATORS], ['temporal'], ['postgres']];

/** Everything `npm start` runs, on one data folder. Whoever makes it holds the lock of that folder. */
export function createStack({ data, env, progress, changed = () => {} }: StackOptions): Stack {
  const path = (name: string) => join(data, name);
  const guard = startGuard();
  const logs = openLogs(path('logs'));
  let settings: Settings | undefined;
  let stopped: Promise<void> | undefined;
  const supervisor = createSupervisor({
    guard,
    logs,
    hooks: {
      ended: (name, how, againInMs) =>
        progress.warn(name, `ended (${how}); starts again in ${againInMs / 1000} s. Its log: ${logs.path(name)}`),
      runsAgain: (name, pid) => progress.good(name, `runs again as process ${pid}`),
      changed() {
        rememberProcesses(path('processes.json'), supervisor.identities());
        changed();
      },
    },
  });
  return {
    async start() {
      const left = await stopLeftovers(path('processes.json'));
      if (left > 0) progress.warn('start', `stopped ${left} processes that an earlier start had left behind`);
      settings = await settle(data, env, progress);
      await startParts(supervisor, settings, progress);
    },
    stop() {
      stopped ??= supervisor.stop(STOP_ORDER).then(() => guard.close());
      return stopped;
    },
    kill: supervisor.kill,
    pids: supervisor.pids,
    facts() {
      if (!settings) throw new Error('Nothing is known before start() has settled ports and secrets.');
      return { settings, addresses: addressesOf(settings) };
    },
  };
}

/** Ports and secrets: what has to be known before anything starts. */
async function settle(data: string, own: Settings['own'], progress: Progress): Promise<Settings> {
  const needed: PortName[] = ['api', 'worker'];
  if (isEmbedded(own, 'postgres')) needed.push('postgres');
  if (isEmbedded(own, 'temporal')) needed.push('temporal', 'temporalHttp', 'temporalUi');
  for (const name of SIMULATORS) if (isEmbedded(own, name)) needed.push(name);
  if (isEmbedded(own, 'mailbox')) needed.push('smtp');
  const ports = await choosePorts(join(data, 'ports.json'), needed, (name, taken, port) =>
    progress.warn('port', `${taken} is taken: ${name} listens on ${port} instead, from now on`),
  );
  return { own, ports, secrets: openSecrets(join(data, 'secrets.json')), data };
}

async function startParts(supervisor: Supervisor, settings: Settings, progress: Progress): Promise<void> {
  const { own, ports } = settings;
  const embedded = (part: Part) => isEmbedded(own, part);
  const simulators = SIMULATORS.filter(embedded);

  const database = async () => {
    if (embedded('postgres')) await progress.step('database', (step) => database_(supervisor, settings, step));
    await progress.step('migrations', async () =>
      supervisor.run(ourProgram('migrate', 'cli/main.ts', ['migrate'], settings)),
    );
  };
  const temporal = () =>
    embedded('temporal')
      ? progress.step('Temporal', (step) => temporal_(supervisor, settings, step))
      : progress.step('Temporal', (step) => {
          step.detail(`${own.TEMPORAL_ADDRESS}, as TEMPORAL_ADDRESS says`);
          return supervisor.run(ourProgram('namespace', 'cli/main.ts', ['namespace'], settings));
        });
  const vendors = () =>
    progress.step('vendors', async (step) => {
      step.detail(simulators.length > 0 ? `simulated: ${simulators.join(', ')}` : 'all real');
      await Promise.all(
        simulators.map((name) =>
          supervisor.start(
            ourService(name, 'activities/simulators.ts', [name], settings, {
              health: `http://127.0.0.1:${ports[name]}/_sim/health`,
              graceMs: 2_000,
            }),
          ),
        ),
      );
    });
  const pages = () =>
    progress.step('pages', async (step) => {
      const built = await buildPages(supervisor, own, step.note);
      step.detail(built ? 'built' : 'nothing has changed');
    });
  const workflows = () =>
    progress.step('workflows', async () =>
      supervisor.run({
        ...ourProgram(
          'worker',
          'cli/main.ts',
          ['bundle', environmentOf('worker', settings).WORKFLOW_BUNDLE!],
          settings,
        ),
        name: 'workflows',
      }),
    );
  const api = () =>
    progress.step('API', (step) => {
      step.detail(`http://localhost:${ports.api}`);
      return supervisor.start(
        ourService('api', 'api/main.ts', [], settings, { health: `http://127.0.0.1:${ports.api}/health/ready` }),
      );
    });
  const worker = () =>
    progress.step('worker', () =>
      supervisor.start(
        ourService('worker', 'worker/main.ts', [], settings, {
          health: `http://127.0.0.1:${ports.worker}/health/ready`,
          graceMs: 10_000,
        }),
      ),
    );

  const hasDatabase = database();
  const hasTemporal = temporal();
  await Promise.all([
    Promise.all([hasDatabase, hasTemporal, workflows()]).then(worker),
    Promise.all([hasDatabase, hasTemporal, pages()]).then(api),
    vendors(),
  ]);
}

type StepReport = { note(text: string): void; detail(text: string): void };

async function database_(supervisor: Supervisor, { data, ports, secrets }: Settings, step: StepReport) {
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
}

async function temporal_(supervisor: Supervisor, { data, own, ports }: Settings, step: StepReport) {
  const { path, source } = await obtainTemporal({ env: own, note: step.note, run: supervisor.run });
  step.detail(`server on port ${ports.temporal}, its pages on ${ports.temporalUi} (from ${source})`);
  mkdirSync(join(data, 'temporal'), { recursive: true, mode: 0o700 });
  const server = {
    port: ports.temporal,
    httpPort: ports.temporalHttp,
    uiPort: ports.temporalUi,
    file: join(data, 'temporal/server.db'),
    virtualTime: true,
    codecEndpoint: `http://localhost:${ports.api}/codec`,
  };
  await supervisor.start(temporalService(path, server, own));
}

function addressesOf({ own, ports }: Settings): Record<string, string> {
  const page = (port: PortName, rest = '/') => `http://localhost:${ports[port]}${rest}`;
  return {
    portal: page('api'),
    staff: page('api', '/staff'),
    'API reference': page('api', '/reference'),
    ...(isEmbedded(own, 'temporal') ? { Temporal: page('temporalUi') } : {}),
    ...(isEmbedded(own, 'mailbox') ? { mailbox: page('mailbox') } : {}),
    ...Object.fromEntries(
      (['stripe', 'paypal', 'nextpanel'] as const).filter((n) => isEmbedded(own, n)).map((n) => [n, page(n)]),
    ),
  };
}
