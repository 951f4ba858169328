import { join } from 'node:path';
import { fingerprint } from './fingerprint.ts';
import { ROOT } from './root.ts';
import { readJson, writeWhole } from './start/files.ts';

const SOURCES = ['workflows', 'domain', 'temporal-config', 'package-lock.json'];

/**
 * Bundles the workflows for the sandbox into one file, so that no worker has to do it for itself.
 * It takes some two seconds, so the file is kept until a source changes.
 * @returns whether it was made anew
 */
export async function bundleWorkflows(file: string): Promise<boolean> {
  const stamp = `${file}.json`;
  const now = fingerprint(SOURCES, (path) => path.endsWith('.test.ts'));
  if (readJson<{ sources?: string }>(stamp, {}).sources === now) return false;
  // Loading the bundler costs a second that an unchanged bundle need not pay.
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows/index.ts'),
    logger: new DefaultLogger('WARN'),
    // With a bundle, the worker's own setting of the converter is ignored inside the sandbox.
    failureConverterPath: join(ROOT, 'temporal-config/failure-converter.ts'),
  });
  writeWhole(file, code);
  writeWhole(stamp, JSON.stringify({ sources: now }));
  return true;
}
