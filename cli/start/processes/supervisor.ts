import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { signalGroup } from '#cli/pid.mjs';
import { Problem } from '#cli/problem.ts';
import type { Guard, WatchedProcess } from './guard.ts';
import type { Logs } from './logs.ts';

export interface Command {
  /** Names the log file, and the process in lists and messages. */
  name: string;
  command: string;
  args: string[];
  /** All of its environment: nothing is inherited. */
  env: Record<string, string>;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** How it is asked to stop; SIGTERM unless told. */
  signal?: NodeJS.Signals;
}

export interface Service extends Command {
  /** Asked again and again until it says yes; what it throws counts as no. */
  ready(): Promise<boolean>;
  /** How long that may take before the start counts as failed; 60 s unless told. */
  readyWithinMs?: number;
  /** How long it may take to stop before it is killed; 5 s unless told. */
  graceMs?: number;
}

export interface SupervisorHooks {
  ended(name: string, how: string, againInMs: number): void;
  runsAgain(name: string, pid: number): void;
  /** A process began or ended. */
  changed(): void;
}

/** What is asked for while everything is being stopped. */
export class Stopping extends Error {
  constructor(name: string) {
    super(`${name} is not started: everything is being stopped.`);
    this.name = 'Stopping';
  }
}

interface Running {
  service: Service;
  child: ChildProcess;
  watched: WatchedProcess;
  since: number;
  /** Settles when the process is gone. */
  gone: Promise<string>;
}

const READY_POLL_MS = 40;
const RESTART_MS = [250, 500, 1_000, 2_000, 5_000, 10_000];
/** What ran this long had no trouble starting: the next end begins again with the shortest wait. */
const HEALTHY_MS = 60_000;

/**
 * Starts processes, each leading its own group, tells the guard, starts again what dies, and stops all of it.
 * One that never became ready is not started again: the caller learns why.
 */
export function createSupervisor({ guard, logs, hooks }: { guard: Guard; logs: Logs; hooks: SupervisorHooks }) {
  const running = new Map<string, Running>();
  const tasks = new Set<WatchedProcess>();
  const closing = new AbortController();

  const launch = ({ name, command, args, env, cwd, uid, gid, signal = 'SIGTERM' }: Command) => {
    if (closing.signal.aborted) throw new Stopping(name);
    const log = logs.open(name);
    const child = spawn(command, args, { env, cwd, uid, gid, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const gone = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('exit', (code, killedBy) => resolve(killedBy ? `signal ${killedBy}` : `exit code ${code}`));
    });
    const watched = child.pid === undefined ? undefined : guard.watch(child.pid, signal);
    if (watched) void gone.then(() => guard.forget(watched.pid));
    return { child, gone, watched };
  };

  const begin = async (service: Service): Promise<Running> => {
    const { child, gone, watched } = launch(service);
    if (!watched) throw new Problem(`${service.name} ${await gone}`);
    const entry: Running = { service, child, watched, since: Date.now(), gone };
    running.set(service.name, entry);
    hooks.changed();
    let end: string | undefined;
    void gone.then((how) => {
      end = how;
      running.delete(service.name);
      hooks.changed();
    });
    for (const deadline = Date.now() + (service.readyWithinMs ?? 60_000); ; await pause(READY_POLL_MS)) {
      const answers = await service.ready().catch(() => false);
      // Whatever answers when ours has ended is somebody else.
      if (answers && end === undefined) return entry;
      const late = Date.now() > deadline;
      if (end === undefined && !late) continue;
      if (end === undefined) await bringDown(entry, 'SIGKILL');
      if (closing.signal.aborted) throw new Stopping(service.name);
      throw new Problem(`${service.name} did not become ready: ${late ? 'no answer in time' : end}.`, {
        tried: [`${service.command} ${service.args.join(' ')}`],
        log: logs.tail(service.name),
        waysOut: [`Read ${logs.path(service.name)}, mend the cause, start again.`],
      });
    }
  };

  /** Waits for its end and starts it again, for as long as we are not stopping. */
  const keep = async (entry: Running): Promise<void> => {
    let failures = 0;
    for (let current = entry; ;) {
      let how = await current.gone;
      if (Date.now() - current.since > HEALTHY_MS) failures = 0;
      for (;;) {
        if (closing.signal.aborted) return;
        const wait = RESTART_MS[Math.min(failures, RESTART_MS.length - 1)]!;
        failures += 1;
        hooks.ended(entry.service.name, how, wait);
        await pause(wait, undefined, { signal: closing.signal }).catch(() => {});
        if (closing.signal.aborted) return;
        try {
          current = await begin(entry.service);
          hooks.runsAgain(entry.service.name, current.watched.pid);
          break;
        } catch (error) {
          if (closing.signal.aborted) return;
          how = error instanceof Error ? error.message : String(error);
        }
      }
    }
  };

  const bringDown = async ({ service, watched, gone }: Running, signal = watched.signal): Promise<void> => {
    signalGroup(watched, signal);
    const late = new AbortController();
    const kill = pause(service.graceMs ?? 5_000, undefined, { signal: late.signal }).then(
      () => signalGroup(watched, 'SIGKILL'),
      () => {},
    );
    await gone;
    // Whatever its group still holds must not outlive it.
    signalGroup(watched, 'SIGKILL');
    late.abort();
    await kill;
  };

  return {
    /** Resolves when the service is ready; from then on it is kept running. */
    async start(service: Service): Promise<void> {
      void keep(await begin(service));
    },

    /** Runs a command to its end. @throws Problem with the last lines of its log when that end is not good */
    async run(command: Command): Promise<void> {
      const { gone, watched } = launch(command);
      if (watched) tasks.add(watched);
      const how = await gone;
      if (watched) tasks.delete(watched);
      if (how === 'exit code 0') return;
      if (closing.signal.aborted) throw new Stopping(command.name);
      throw new Problem(`${command.name} ended with ${how}.`, {
        tried: [`${command.command} ${command.args.join(' ')}`],
        log: logs.tail(command.name),
        waysOut: [`Read ${logs.path(command.name)}, mend the cause, start again.`],
      });
    },

    /** @returns the process of every service that runs now */
    pids: (): Record<string, number> =>
      Object.fromEntries([...running].map(([name, { watched }]) => [name, watched.pid] as const)),
    identities: () => [...running.values()].map(({ watched }) => watched),

    /**
     * Stops everything, one rank after the other, and waits for it.
     * @param order  names by rank; what no rank names goes with the last
     */
    async stop(order: string[][]): Promise<void> {
      closing.abort();
      for (const task of tasks) signalGroup(task, 'SIGTERM');
      const named = new Set(order.flat());
      const rest = [...running.keys()].filter((name) => !named.has(name));
      for (const rank of [...order.slice(0, -1), [...(order.at(-1) ?? []), ...rest]]) {
        await Promise.all(rank.flatMap((name) => running.get(name) ?? []).map((entry) => bringDown(entry)));
      }
    },

    /** Kills everything at once. */
    kill() {
      closing.abort();
      for (const each of [...tasks, ...[...running.values()].map(({ watched }) => watched)])
        signalGroup(each, 'SIGKILL');
    },
  };
}
export type Supervisor = ReturnType<typeof createSupervisor>;
