import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  exit: number;
  out: string;
  err: string;
  /** What it printed with `--json`. */
  json: <T>() => T;
}

/**
 * Runs `hostwright <args>` as a process of its own, without a terminal.
 * @param stdin  what it reads; nothing unless told
 */
export async function hostwright(env: Record<string, string>, args: string[], stdin = ''): Promise<Ended> {
  const child = spawn(process.execPath, ['cli/main.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  child.stdin.end(stdin);
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit: exit ?? -1, out, err, json: <T>() => JSON.parse(out) as T };
}
