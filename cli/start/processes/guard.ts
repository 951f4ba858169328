import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { startedAt, type ProcessIdentity } from '#cli/pid.mjs';
import { ROOT } from '#cli/root.ts';

export interface WatchedProcess extends ProcessIdentity {
  /** How it is asked to stop. */
  signal: NodeJS.Signals;
}

/**
 * The small process that outlives us by a few seconds and stops what we started, see `cli/start/processes/guard.mjs`.
 * Should it be killed itself, another takes its place and is told the same.
 */
export function startGuard() {
  const watched = new Map<number, WatchedProcess>();
  let closing = false;
  let guard: ChildProcess;

  const tell = (message: unknown) => void guard.stdin!.write(`${JSON.stringify(message)}\n`);
  const open = () => {
    // A group of its own: Ctrl-C in the terminal must not reach it.
    guard = spawn(process.execPath, [join(ROOT, 'cli/start/processes/guard.mjs')], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    guard.stdin!.on('error', () => {});
    guard.once('exit', () => {
      if (!closing) open();
    });
    for (const watch of watched.values()) tell({ watch });
  };
  open();

  return {
    get pid() {
      return guard.pid!;
    },
    /** Call in the same breath as `spawn`: what is not told yet would be left behind. */
    watch(pid: number, signal: NodeJS.Signals): WatchedProcess {
      const watch = { pid, started: startedAt(pid), signal };
      watched.set(pid, watch);
      tell({ watch });
      return watch;
    },
    forget(pid: number) {
      watched.delete(pid);
      tell({ forget: pid });
    },
    /** Ends the guard. What is still watched is stopped by it. */
    close(): Promise<void> {
      closing = true;
      return new Promise((resolve) => {
        guard.once('exit', () => resolve());
        guard.stdin!.end();
      });
    },
  };
}
export type Guard = ReturnType<typeof startGuard>;
