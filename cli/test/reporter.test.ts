import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Test, TestResult } from '@jest/reporters';
import { ROOT } from '#cli/root.ts';
import RoomReporter from './reporter.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'hostwright-reporter-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const ofFile = (file: string, result: Partial<TestResult>): TestResult =>
  ({
    testFilePath: join(ROOT, file),
    numPassingTests: 0,
    numFailingTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    perfStats: { runtime: 1_600 },
    testResults: [],
    console: [{ message: `printed by ${file}\n`, origin: '', type: 'log' }],
    ...result,
  }) as unknown as TestResult;

async function reported(results: TestResult[]) {
  const out = new PassThrough();
  const reportFile = join(folder, 'report.json');
  const reporter = new RoomReporter(undefined, { reportFile, out: out as unknown as NodeJS.WriteStream });
  reporter.onRunStart();
  for (const result of results) reporter.onTestResult({} as Test, result);
  await reporter.onRunComplete();
  out.end();
  return { shown: await text(out), counts: JSON.parse(readFileSync(reportFile, 'utf8')) as unknown };
}

it('says of what passed only how much it was and how long it took, room by room', async () => {
  const { shown, counts } = await reported([
    ofFile('domain/ids.test.ts', { numPassingTests: 3 }),
    ofFile('api/app.test.ts', { numPassingTests: 2 }),
    ofFile('domain/money/money.test.ts', { numPassingTests: 4, numPendingTests: 1 }),
  ]);
  const lines = shown.trim().split('\n');
  expect(lines.map((line) => line.trim().replaceAll(/ {2,}/g, '  '))).toEqual([
    expect.stringMatching(/^✓ tests  3 files  \d/),
    '✓ api  2 passed in 1 file  2 s',
    '✓ domain  7 passed, 1 left out in 2 files  3 s',
  ]);
  expect(counts).toEqual({ passed: 9, failed: 0, skipped: 1 });
});

it('shows what failed whole, with what its file printed, and names it once more at the end', async () => {
  const failed = [{ status: 'failed', fullName: 'money adds up' }] as TestResult['testResults'];
  const { shown, counts } = await reported([
    ofFile('domain/money/money.test.ts', {
      numPassingTests: 1,
      numFailingTests: 1,
      failureMessage: '● money adds up: expected 2, received 3',
      testResults: failed,
    }),
    ofFile('db/orm.test.ts', { failureMessage: '● Cannot find module', testExecError: { message: '', stack: '' } }),
    ofFile('api/app.test.ts', { numPassingTests: 2 }),
  ]);
  expect(shown).toContain('● money adds up: expected 2, received 3\n\nprinted by domain/money/money.test.ts\n');
  expect(shown).not.toContain('printed by api/app.test.ts');
  expect(shown).toMatch(/✗ db +0 passed, 1 failed in 1 file/);
  expect(shown).toMatch(/✗ domain +1 passed, 1 failed in 1 file/);
  expect(shown.split('What failed, above in full:\n')[1]).toBe(
    '    domain/money/money.test.ts: money adds up\n    db/orm.test.ts\n',
  );
  expect(counts).toEqual({ passed: 3, failed: 2, skipped: 0 });
});
