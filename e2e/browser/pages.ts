import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '#cli/root.ts';
import { buildPages } from '#cli/start/services/pages.ts';

/** Builds the pages as `npm start` does, when they are not built yet from what they are now. @returns their folder */
export async function builtPages(): Promise<string> {
  const run = async ({ command, args, env, cwd }: Parameters<Parameters<typeof buildPages>[0]['run']>[0]) => {
    await promisify(execFile)(command, args, { env, ...(cwd && { cwd }) });
  };
  await buildPages({ run }, process.env, (text) => void process.stderr.write(`${text}\n`));
  return join(ROOT, 'ui/dist');
}
