import { newId } from '#domain/ids.ts';
import { askForCheck, type Check } from '../messages/ask-for-check.ts';
import type { Temporal } from '../messages/temporal.ts';

const NOTES = {
  passed: 'The check passed: the node takes orders.',
  failed: (step: string) =>
    `The check did not pass at "${step}", so nothing is placed on it. Mend that, then test it again.`,
  unfinished: 'The check could not be finished. Test the node again.',
  nobody:
    'No worker answered, so it is not checked. Nothing is placed on it until a check passes; the regular round or POST /nodes/{id}/test does that.',
};

/** Has a worker check a node. @returns no check when nobody was there to do it; the note says what to do then */
export const checkNode = (temporal: Temporal, nodeId: string): Promise<{ check: Check | null; note: string }> =>
  askForCheck(temporal, { name: 'checkNode', args: [{ nodeId }], id: `check-node/${nodeId}/${newId()}` }, NOTES);
