/**
 * Runs once before all tests, outside jest's own module system: Node reads the TypeScript itself.
 * Starts what the chosen files need; `jest-teardown.mjs` stops it.
 */
import { globSync } from 'node:fs';
import { resolve } from 'node:path';

export default async function setup(config, project) {
  const { startTestServices } = await import('./services.ts');
  globalThis.hostwrightTestServices = await startTestServices(chosenFiles(config, project));
}

function chosenFiles({ rootDir, runTestsByPath, nonFlagArgs, testPathPatterns }, { testMatch }) {
  if (runTestsByPath) return nonFlagArgs.map((path) => resolve(rootDir, path));
  const patterns = testPathPatterns.patterns.map((pattern) => new RegExp(pattern, 'i'));
  const all = testMatch.flatMap((glob) => globSync(glob));
  return patterns.length === 0 ? all : all.filter((file) => patterns.some((pattern) => pattern.test(file)));
}
