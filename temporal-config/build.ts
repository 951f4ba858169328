import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLI_VERSION } from './cli-version.ts';
import { capture, type RunCommand } from './run.ts';

/** `go.mod` and `go.sum` of a module that is nothing but the pinned CLI: every byte of what is built has its checksum there. */
const MODULE = fileURLToPath(new URL('cli/', import.meta.url));
/**
 * Builds the CLI from source: about four minutes on two cores the first time, seconds when Go has it all cached.
 * Needs Go 1.21 or newer (it fetches the version `go.mod` names) and no C compiler.
 */
export async function buildWithGo(
  place: string,
  { env, note, run }: { env: Record<string, string | undefined>; note(text: string): void; run: RunCommand },
): Promise<void> {
  // Go is the user's own tool, with caches, proxies and settings of its own in the environment.
  const goEnv = { ...(env as Record<string, string>), CGO_ENABLED: '0', GOWORK: 'off' };
  const version = await goVersion(goEnv);
  note(`building Temporal CLI ${CLI_VERSION} with ${version}, usually 4 minutes the first time`);
  // Go writes into the folder it builds in; the committed files stay as they are.
  const folder = mkdtempSync(join(tmpdir(), 'hostwright-temporal-'));
  try {
    for (const file of ['go.mod', 'go.sum']) cpSync(join(MODULE, file), join(folder, file));
    const linker = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${CLI_VERSION}`;
    await run({
      name: 'temporal-build',
      command: 'go',
      args: [
        'build',
        '-mod=readonly',
        '-trimpath',
        '-ldflags',
        linker,
        '-o',
        place,
        'github.com/temporalio/cli/cmd/temporal',
      ],
      env: goEnv,
      cwd: folder,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function goVersion(env: Record<string, string>): Promise<string> {
  try {
    return (await capture('go', ['env', 'GOVERSION'], env)).trim();
  } catch {
    throw new Error('no `go` on the PATH');
  }
}
