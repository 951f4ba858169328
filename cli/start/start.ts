import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '#cli/pid-lock.mjs';
import { explain } from '#cli/problem.ts';
import { AFTER_READY } from './after-ready.ts';
import { readJson, writeWhole } from './files.ts';
import { emptyData } from './fresh.ts';
import { createProgress, type Progress } from './progress.ts';
import { createStack, type Stack } from './stack.ts';
import { aborted, listenForStop } from './processes/stop-signal.ts';
import { olderNamesIn } from '#domain/configuration/older-names.ts';

export interface StartOptions {
  data: string;
  env: Record<string, string | undefined>;
  /** Empty the data folder first. */
  fresh?: boolean;
  /** Do not ask before that. */
  yes?: boolean;
}

const FORCED = 130;

/** Runs everything until it is told to stop. @returns the exit code */
export async function start({ data, env, fresh = false, yes = false }: StartOptions): Promise<number> {
  const progress = createProgress();
  const running = join(data, 'running.json');
  const lock = takeLock(join(data, 'start.lock'));
  if ('heldBy' in lock) {
    sayWhoRuns(progress, lock.heldBy, running);
    return 1;
  }
  rmSync(running, { force: true });
  let live = false;
  const stack = createStack({
    data,
    env,
    progress,
    changed: () => live && writeRunning(running, stack),
  });
  const stop = listenForStop(() => {
    stack.kill();
    rmSync(running, { force: true });
    process.exit(FORCED);
  });
  stop.addEventListener('abort', () => {
    progress.line();
    progress.line('Stopping everything; Ctrl-C again does not wait for it.');
    void stack.stop();
  });
  let failed = false;
  try {
    if (fresh && !(await emptyData(data, yes))) return 1;
    const began = Date.now();
    progress.title('Hostwright is starting');
    for (const sentence of olderNamesIn(env)) progress.line(`  ! ${sentence}`);
    await stack.start();
    const closing = await afterReady(stack, data, progress, stop);
    stop.throwIfAborted();
    live = true;
    writeRunning(running, stack);
    sayWhere(progress, stack, Date.now() - began, closing);
    await aborted(stop);
  } catch (error) {
    failed = !stop.aborted;
    if (failed) console.error(`\n${explain(error)}`);
  } finally {
    live = false;
    rmSync(running, { force: true });
    await stack.stop();
    lock.release();
  }
  return failed ? 1 : 0;
}

/** @returns what is to be said below the addresses */
async function afterReady(stack: Stack, data: string, progress: Progress, signal: AbortSignal) {
  const marker = join(data, 'first-start.json');
  const firstStart = readJson<{ endedAt?: string }>(marker, {}).endedAt === undefined;
  const { settings, addresses } = stack.facts();
  const closing: (() => void)[] = [];
  let again = false;
  for (const hook of AFTER_READY) {
    again = (await hook({ firstStart, settings, addresses, progress, signal, closing })) === 'again' || again;
  }
  if (firstStart && !again && !signal.aborted)
    writeWhole(marker, JSON.stringify({ endedAt: new Date().toISOString() }));
  return closing;
}

/** Says where everything is; written when all is ready, and gone when it is not. */
function writeRunning(file: string, stack: Stack): void {
  const running = { launcher: process.pid, processes: stack.pids(), addresses: stack.facts().addresses };
  writeWhole(file, `${JSON.stringify(running, null, 2)}\n`, 0o600);
}

function sayWhere(progress: Progress, stack: Stack, tookMs: number, closing: readonly (() => void)[]): void {
  progress.line();
  progress.title(`Everything runs, after ${(tookMs / 1000).toFixed(1)} s. Ctrl-C stops it.`);
  sayAddresses(progress, stack.facts().addresses);
  progress.line();
  for (const say of closing) say();
}

function sayWhoRuns(progress: Progress, pid: number, running: string): void {
  progress.line(`Hostwright already ${pid ? `runs here as process ${pid}` : 'starts here'}; this second start ends.`);
  const { addresses } = readJson<{ addresses?: Record<string, string> }>(running, {});
  if (addresses) sayAddresses(progress, addresses);
  else progress.line('It is not ready yet; its terminal says what it is doing.');
}

function sayAddresses(progress: Progress, addresses: Record<string, string>): void {
  for (const [name, url] of Object.entries(addresses)) progress.line(`  ${name.padEnd(14)} ${url}`);
}
