import { newId } from '#domain/ids.ts';
import { Problem } from '../http/problem.ts';
import type { Temporal } from '../messages/temporal.ts';

export interface NodeCheck {
  ok: boolean;
  steps: { name: string; ok: boolean; message: string }[];
}

/** Has a worker check a node. @returns no check when nobody was there to do it; the note says what to do then */
export async function checkNode(
  temporal: Temporal,
  nodeId: string,
): Promise<{ check: NodeCheck | null; note: string }> {
  try {
    const said = await temporal.executeActivity<NodeCheck>(
      'checkNode',
      [{ nodeId }],
      `check-node/${nodeId}/${newId()}`,
    );
    const check = { ok: said.ok, steps: said.steps.map(({ name, ok, message }) => ({ name, ok, message })) };
    const failed = check.steps.find(({ ok }) => !ok);
    const note = check.ok
      ? 'The check passed: the node takes orders.'
      : `The check did not pass at "${failed?.name ?? 'the start'}", so nothing is placed on it. Mend that, then test it again.`;
    return { check, note };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Problem') throw error;
    const { status, message } = error as Problem;
    if (status !== 503) {
      return {
        check: { ok: false, steps: [{ name: 'check', ok: false, message }] },
        note: 'The check could not be finished. Test the node again.',
      };
    }
    return {
      check: null,
      note: 'No worker answered, so it is not checked. Nothing is placed on it until a check passes; the regular round or POST /nodes/{id}/test does that.',
    };
  }
}
