import type { Problem } from '../http/problem.ts';
import type { Temporal } from './temporal.ts';

/** What a check of a vendor came to, in the order it was tried. */
export interface Check {
  ok: boolean;
  steps: { name: string; ok: boolean; message: string }[];
}

export interface CheckNotes {
  passed: string;
  /** @param step  that did not pass */
  failed: (step: string) => string;
  /** The worker could not finish it. */
  unfinished: string;
  /** No worker answered. */
  nobody: string;
}

/** Has a worker check a vendor by one activity. @returns no check when nobody was there to do it, and what to do then */
export async function askForCheck(
  temporal: Temporal,
  { name, args, id }: { name: string; args: unknown[]; id: string },
  notes: CheckNotes,
): Promise<{ check: Check | null; note: string }> {
  try {
    const said = await temporal.executeActivity<Check>(name, args, id);
    const check = {
      ok: said.ok,
      steps: said.steps.map(({ name: step, ok, message }) => ({ name: step, ok, message })),
    };
    const failed = check.steps.find(({ ok }) => !ok);
    return { check, note: check.ok ? notes.passed : notes.failed(failed?.name ?? 'the start') };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Problem') throw error;
    const { status, message } = error as Problem;
    if (status === 503) return { check: null, note: notes.nobody };
    return { check: { ok: false, steps: [{ name: 'check', ok: false, message }] }, note: notes.unfinished };
  }
}
