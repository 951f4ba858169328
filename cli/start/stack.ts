import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { finishSwap } from '#cli/backup/restore/swap.ts';
import { isEmbedded, type Settings } from './environment.ts';
import { SIMULATORS } from './sandbox/vendors.ts';
import { startGuard } from './processes/guard.ts';
import { rememberProcesses, stopLeftovers } from './processes/leftovers.ts';
import { openLogs } from './processes/logs.ts';
import { startParts, STOP_ORDER } from './parts.ts';
import { choosePorts, type PortName } from './processes/ports.ts';
import type { Progress } from './progress.ts';
import { openSecrets } from './processes/secrets.ts';
import { createSupervisor } from './processes/supervisor.ts';

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
      const restored = finishSwap(data);
      if (restored) {
        const kept = existsSync(restored.kept) ? `; the data before are kept in ${restored.kept}` : '';
        progress.warn('restore', `completed one that was interrupted${kept}`);
      }
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

function addressesOf({ own, ports }: Settings): Record<string, string> {
  const page = (port: PortName, rest = '/') => `http://localhost:${ports[port]}${rest}`;
  return {
    portal: page('api'),
    staff: page('api', '/staff'),
    reference: page('api', '/reference'),
    ...(isEmbedded(own, 'temporal') ? { Temporal: page('temporalUi') } : {}),
    ...Object.fromEntries(SIMULATORS.filter((name) => isEmbedded(own, name)).map((name) => [name, page(name)])),
  };
}
