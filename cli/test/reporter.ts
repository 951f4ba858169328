import { relative, sep } from 'node:path';
import type { Reporter, Test, TestResult } from '@jest/reporters';
import { ROOT } from '#cli/root.ts';
import { createProgress, type Progress } from '#cli/start/progress.ts';
import { writeWhole } from '#cli/start/files.ts';

export interface Report {
  passed: number;
  failed: number;
  /** Left out in the code, or by a filter on names. */
  skipped: number;
}

interface Room extends Report {
  files: number;
  ms: number;
}

/** What a file of tests printed, in the order it did. */
type Printed = NonNullable<TestResult['console']>;

/**
 * Prints what failed, at once and with what its file printed, and in the end a line for each room.
 * What a file printed that passed is not shown: an error there is one the test has asked for.
 */
export default class RoomReporter implements Reporter {
  private readonly progress: Progress;
  private readonly rooms = new Map<string, Room>();
  private readonly failing: string[] = [];
  private done = () => {};
  private readonly reportFile: string | undefined;

  /** @param options.reportFile  where the counts are left as JSON (`Report`) */
  constructor(_config: unknown, { reportFile, out }: { reportFile?: string; out?: NodeJS.WriteStream }) {
    this.reportFile = reportFile;
    this.progress = createProgress(out);
  }

  onRunStart(): void {
    const run = new Promise<void>((done) => void (this.done = done));
    void this.progress.step('tests', async (step) => {
      await run;
      step.detail(filesText([...this.rooms.values()].reduce((sum, { files }) => sum + files, 0)));
    });
  }

  onTestResult(_test: Test, result: TestResult): void {
    const file = relative(ROOT, result.testFilePath);
    const name = file.split(sep)[0]!;
    const room = this.rooms.get(name) ?? { files: 0, passed: 0, failed: 0, skipped: 0, ms: 0 };
    room.files += 1;
    room.passed += result.numPassingTests;
    // A file that broke before any test of its own ran is one failure.
    room.failed += result.numFailingTests + (result.testExecError && result.numFailingTests === 0 ? 1 : 0);
    room.skipped += result.numPendingTests + result.numTodoTests;
    room.ms += result.perfStats.runtime;
    this.rooms.set(name, room);
    if (!result.failureMessage) return;
    this.progress.line(`\n  ✗ ${file}\n\n${result.failureMessage.trimEnd()}\n`);
    for (const text of printedIn(result.console)) this.progress.line(text);
    const names = result.testResults.filter(({ status }) => status === 'failed').map(({ fullName }) => `: ${fullName}`);
    this.failing.push(...(names.length > 0 ? names : ['']).map((test) => `    ${file}${test}`));
  }

  async onRunComplete(): Promise<void> {
    this.done();
    // The line of the run comes before those of its rooms.
    await new Promise(setImmediate);
    const total: Report = { passed: 0, failed: 0, skipped: 0 };
    for (const [name, room] of [...this.rooms].sort()) {
      for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += room[key];
      this.progress[room.failed > 0 ? 'bad' : 'good'](name, wordsOf(room), `${Math.round(room.ms / 1000)} s`);
    }
    if (this.failing.length > 0) this.progress.line(['\n  What failed, above in full:', ...this.failing].join('\n'));
    if (this.reportFile) writeWhole(this.reportFile, JSON.stringify(total));
  }
}

const wordsOf = ({ passed, failed, skipped, files }: Room): string => {
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} left out`];
  return `${counts.filter(Boolean).join(', ')} in ${filesText(files)}`;
};

const filesText = (files: number): string => (files === 1 ? '1 file' : `${files} files`);

const printedIn = (printed: Printed | undefined): string[] =>
  (printed ?? []).map(({ message }) => message.trimEnd()).filter(Boolean);
