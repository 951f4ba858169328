import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Problem } from '#cli/problem.ts';
import { ROOT } from '#cli/root.ts';
import { readJson } from '#cli/start/files.ts';
import { createProgress } from '#cli/start/progress.ts';
import type { Report } from './reporter.ts';

interface Count {
  passed: number;
  failed: number;
}

interface Options {
  /** Only tests whose names match. */
  named?: string;
  /** Runs whole what is sampled otherwise. */
  full?: boolean;
}

/** What is checked without running anything; each counts as one. */
const CHECKS: Record<string, string[][]> = {
  types: [
    ['tsc', '-p', '.'],
    ['tsc', '-p', 'ui'],
  ],
  lint: [['oxlint']],
  format: [['oxfmt', '--check', '.']],
};

/**
 * Runs the checks and the tests, or only those named.
 * @param parts  `types`, `lint`, `format`, or a room, folder or file; everything without any
 * @returns the exit code; the last line printed is `N passed, N failed`
 */
export async function test(parts: string[], options: Options = {}): Promise<number> {
  const everything = parts.length === 0;
  const total: Count = { passed: 0, failed: 0 };
  const add = ({ passed, failed }: Count) => {
    total.passed += passed;
    total.failed += failed;
  };
  const paths = parts.filter((part) => !(part in CHECKS)).map(pathOf);
  for (const name of Object.keys(CHECKS)) if (everything || parts.includes(name)) add(await check(name));
  if (everything || paths.length > 0) add(await runJest(paths, options));
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

function pathOf(part: string): string {
  const path = [resolve(ROOT, part), resolve(part)].find((each) => existsSync(each));
  if (path) return path;
  const rooms = readdirSync(ROOT).filter(
    (name) => statSync(join(ROOT, name)).isDirectory() && !/^(\.|node_modules)/.test(name),
  );
  throw new Problem(`There is no part of the tests called ${part}.`, {
    waysOut: [`Name one of ${[...Object.keys(CHECKS), ...rooms].join(', ')}, or a folder or file in one.`],
  });
}

async function check(name: string): Promise<Count> {
  const progress = createProgress();
  try {
    await progress.step(name, async (step) => {
      for (const [tool, ...args] of CHECKS[name]!) {
        const code = await run([join(ROOT, 'node_modules/.bin', tool!), ...args]);
        if (code !== 0) throw new Error(`${tool} ended with exit code ${code}`);
        step.detail(tool!);
      }
    });
    return { passed: 1, failed: 0 };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** A test that is skipped in the code counts as failed: only a filter may leave tests out. */
async function runJest(paths: string[], { named, full }: Options): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'hostwright-test-'));
  const report = join(folder, 'report.json');
  try {
    const jest = [process.execPath, join(ROOT, 'node_modules/jest/bin/jest.js')];
    const code = await run([...jest, ...(named ? ['--testNamePattern', named] : []), ...paths.map(patternOf)], {
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
      HOSTWRIGHT_TEST_REPORT: report,
      ...(full && { HOSTWRIGHT_TEST_FULL: '1' }),
    });
    const result = readJson<Report | undefined>(report, undefined);
    if (!result) return { passed: 0, failed: 1 };
    const skipped = named ? 0 : result.skipped;
    if (skipped > 0) console.error(`${skipped} tests are skipped in the code; they count as failed.`);
    const failed = result.failed + skipped;
    // Jest fails also for what is no test, such as a set-up that did not work.
    return { passed: result.passed, failed: failed === 0 && code !== 0 ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Jest takes regular expressions on whole paths. */
function patternOf(path: string): string {
  const exact = path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return statSync(path).isDirectory() ? `^${exact}/` : `^${exact}$`;
}

/** Runs a command on our terminal. @returns its exit code; 1 when a signal ended it */
function run([command, ...args]: string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(command!, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    const orphaned = () => child.kill('SIGTERM');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
    process.once('disconnect', orphaned);
    child.once('error', (error) =>
      fail(new Problem(`${relative(ROOT, command!)} could not be started: ${error.message}`)),
    );
    child.once('exit', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass);
      process.off('disconnect', orphaned);
      done(code ?? 1);
    });
  });
}
