import { join } from 'node:path';
import { ROOT } from '#cli/root.ts';
import { devServerAnswers, devServerArguments, type DevServer } from '#temporal-config/server.ts';
import { WORKER_MEMORY } from '#worker/memory.ts';
import { environmentOf, systemEnvironment, type ProcessName, type Settings } from '../environment.ts';
import type { Command, Service } from '../processes/supervisor.ts';

/** A program of ours: TypeScript that this Node runs as it is, configured by its environment alone. */
export function ourProgram(name: ProcessName, script: string, args: string[], settings: Settings): Command {
  return {
    name,
    command: process.execPath,
    args: [join(ROOT, script), ...args],
    // Halves what loading the program costs from the second start on.
    env: {
      ...environmentOf(name, settings),
      ...(name === 'worker' ? WORKER_MEMORY : {}),
      NODE_COMPILE_CACHE: join(settings.data, 'compile-cache'),
    },
    cwd: ROOT,
  };
}

/** A service of ours that says at an address of its own whether it is ready. */
export function ourService(
  name: ProcessName,
  script: string,
  args: string[],
  settings: Settings,
  { health, graceMs }: { health: string; graceMs?: number },
): Service {
  return { ...ourProgram(name, script, args, settings), ready: () => answersWell(health), graceMs };
}

export function temporalService(program: string, server: DevServer, own: Settings['own'], name = 'temporal'): Service {
  return {
    name,
    command: program,
    args: devServerArguments(server),
    env: systemEnvironment(own),
    ready: () => devServerAnswers(server),
  };
}

async function answersWell(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await answer.body?.cancel();
  return answer.ok;
}
