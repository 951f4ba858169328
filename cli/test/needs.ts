import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '#cli/root.ts';

/**
 * What the tests may ask of their surroundings, by the environment variable that says where it is:
 * - database: `postgres://` of a superuser; HOSTWRIGHT_TEST_TEMPLATE names a migrated database to copy from
 * - temporal: `host:port` of a server in memory that allows virtual time
 * - bundle: file with the bundled workflows
 */
export const NEEDS = {
  database: 'HOSTWRIGHT_TEST_PG_URL',
  temporal: 'HOSTWRIGHT_TEST_TEMPORAL',
  bundle: 'HOSTWRIGHT_TEST_BUNDLE',
} as const;
export type Need = keyof typeof NEEDS;

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')`; types are gone when it runs. */
const IMPORT = /^\s*(?:import|export)\s(?!type\b)[^'"]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/**
 * What these test files need: whatever the files they import, and those import, ask the environment for.
 * So a run of pure rules starts nothing.
 */
export function needsOf(testFiles: string[]): Set<Need> {
  const needs = new Set<Need>();
  // This file only tells the names.
  const seen = new Set([fileURLToPath(import.meta.url)]);
  const queue = [...testFiles];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file) || !statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [need, variable] of Object.entries(NEEDS)) if (text.includes(variable)) needs.add(need as Need);
    for (const [, from, lazily] of text.matchAll(IMPORT)) queue.push(...ourFile(file, (from ?? lazily)!));
  }
  return needs;
}

/** The file an import means, when it is one of ours. */
function ourFile(importer: string, specifier: string): string[] {
  if (specifier.startsWith('#')) return [join(ROOT, specifier.slice(1))];
  return specifier.startsWith('.') ? [resolve(dirname(importer), specifier)] : [];
}
