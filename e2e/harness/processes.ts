import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Running {
  pid: number;
  /** What it wrote, for a failed test's message. */
  output: () => string;
  /** Signal 9, and gone. */
  kill(): Promise<void>;
  /** Asked to end, and gone. */
  stop(): Promise<void>;
  /** Resolves when it is gone, however that came. */
  gone: Promise<void>;
}

/** Runs one of our programs as a process of its own until it answers at `health`. */
export async function run(program: string, env: Record<string, string>, health: string): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [program], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', ...env },
    // A test that is killed takes its children along: they end when the channel breaks.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20_000);
    });
  }
  const gone = once(child, 'exit').then(() => undefined);
  const running: Running = {
    pid: child.pid!,
    output: () => text,
    gone,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
  while (!(await answers(health))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${program} ended before it was ready:\n${text}`);
    await pause(50);
  }
  return running;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
