import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { waitForLock } from '#cli/pid-lock.mjs';
import { Problem } from '#cli/problem.ts';
import { buildWithGo } from './build.ts';
import { CLI_VERSION } from './cli-version.ts';
import { downloadArchive } from './download.ts';
import { capture, type RunCommand } from './run.ts';

export interface Obtained {
  path: string;
  /** Where it came from, for people. */
  source: 'PATH' | 'cache' | 'download' | 'build';
}

export interface ObtainOptions {
  env: Record<string, string | undefined>;
  /** Told what is being done and how long it usually takes. */
  note(text: string): void;
  /** Runs what takes long; a launcher lets its guard watch it. */
  run: RunCommand;
  download?: typeof downloadArchive;
}

/**
 * The Temporal CLI, from the first of: the PATH, our cache, Temporal's download site, a build with Go.
 * What is fetched or built lands in the cache under a temporary name and is renamed when it is whole.
 * @throws Problem that says what was tried and the ways out
 */
export async function obtainTemporal(options: ObtainOptions): Promise<Obtained> {
  const tried: string[] = [];
  const onPath = await findOnPath(options.env.PATH ?? '', tried);
  if (onPath) return { path: onPath, source: 'PATH' };

  const cached = cachedBinary(options.env);
  if (existsSync(cached)) return { path: cached, source: 'cache' };
  tried.push(`our cache: nothing at ${cached}`);

  const lock = await waitForLock(`${cached}.lock`, (pid) =>
    options.note(`process ${pid} is already obtaining the server; waiting for it`),
  );
  try {
    if (existsSync(cached)) return { path: cached, source: 'cache' };
    for (const [source, obtain] of [
      ['download', options.download ?? downloadArchive],
      ['build', buildWithGo],
    ] as const) {
      const draft = `${cached}.${process.pid}`;
      try {
        mkdirSync(dirname(cached), { recursive: true });
        await obtain(draft, options);
        await takeIn(draft, cached);
        return { path: cached, source };
      } catch (error) {
        tried.push(`${source === 'build' ? 'a build with Go' : 'the download'}: ${reason(error)}`);
      } finally {
        rmSync(draft, { force: true });
      }
    }
  } finally {
    lock.release();
  }
  throw new Problem(`Temporal's server could not be obtained (CLI ${CLI_VERSION}).`, {
    tried,
    waysOut: [
      `Install the Temporal CLI ${CLI_VERSION} or newer, so that \`temporal\` is on the PATH.`,
      'Install Go 1.26.8 or newer (older ones from 1.21 fetch it themselves), and start again: it is built from source.',
      'Set TEMPORAL_ADDRESS to a Temporal server that runs already.',
    ],
  });
}

export function cachedBinary(env: Record<string, string | undefined>): string {
  const caches = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(caches, 'hostwright', 'temporal', CLI_VERSION, 'temporal');
}

/** A binary that does not even say its version is not taken in. */
async function takeIn(draft: string, place: string): Promise<void> {
  chmodSync(draft, 0o755);
  const version = await versionOf(draft);
  if (version !== CLI_VERSION) throw new Error(`what came says it is version ${version ?? 'unknown'}`);
  renameSync(draft, place);
}

async function findOnPath(path: string, tried: string[]): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const program = join(folder, 'temporal');
    if (!existsSync(program)) continue;
    const version = await versionOf(program);
    if (version && isAtLeast(version, CLI_VERSION)) return program;
    tried.push(`${program} on the PATH: version ${version ?? 'unknown'}, needed is ${CLI_VERSION}`);
    return undefined;
  }
  tried.push('the PATH: no `temporal` there');
  return undefined;
}

async function versionOf(program: string): Promise<string | undefined> {
  const said = await capture(program, ['--version']).catch(() => '');
  return /^temporal version (\d+\.\d+\.\d+)/m.exec(said)?.[1];
}

function isAtLeast(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number));
  for (const [index, number] of want!.entries()) {
    if (have![index] !== number) return have![index]! > number;
  }
  return true;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
