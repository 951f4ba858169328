/**
 * Runs once before all tests, outside jest's own module system: Node reads the TypeScript itself.
 * Starts what the chosen files need; `jest-teardown.mjs` stops it.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOMS = [
  'domain',
  'db',
  'workflows',
  'activities',
  'api',
  'worker',
  'cli',
  'ui',
  'e2e',
  'bench',
  'temporal-config',
];

export default async function setup(config) {
  const { startTestServices } = await import('./services.ts');
  globalThis.hostwrightTestServices = await startTestServices(chosenFiles(config));
}

function chosenFiles({ rootDir, runTestsByPath, nonFlagArgs, testPathPatterns }) {
  if (runTestsByPath) return nonFlagArgs.map((path) => resolve(rootDir, path));
  const patterns = testPathPatterns.patterns.map((pattern) => new RegExp(pattern, 'i'));
  const all = ROOMS.flatMap((room) =>
    readdirSync(join(rootDir, room), { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(rootDir, room, name)),
  );
  return patterns.length === 0 ? all : all.filter((file) => patterns.some((pattern) => pattern.test(file)));
}
