import { describe, expect, it } from '@jest/globals';
import { STEPS } from '../orders/steps.ts';
import { incidentDetails } from './incident-details.ts';

const stop = (message: string) => ({ stop: 'VendorRefused' as const, message });
/** The texts to paste. */
const commands = (details: string) =>
  [...details.matchAll(/```json\n([^`]+)\n```/g)].map(
    ([, text]) => JSON.parse(text!) as { incident: string; decision: { action: string; note?: string } },
  );

describe('what staff read in the Temporal UI', () => {
  it('has a text to paste for each decision that is offered, the note included', () => {
    expect(commands(incidentDetails('i-1', STEPS.account, stop('no'))).map(({ decision }) => decision)).toEqual([
      { action: 'retry' },
      { action: 'skip', note: 'say why' },
      { action: 'abort', note: 'say why' },
    ]);
    expect(commands(incidentDetails('i-1', STEPS.undoBooks, stop('no')))).toEqual([
      { incident: 'i-1', actor: 'your name', decision: { action: 'retry' } },
    ]);
  });

  it('breaks an error where the frame would cut it, and loses no word of it', () => {
    const message = `ams-1 could not: 422 ${'word '.repeat(60)}${'x'.repeat(250)}\nsecond line`;
    const [, shown] = /```\n([^`]+)\n```/.exec(incidentDetails('i-1', STEPS.welcome, stop(message)))!;
    const lines = shown!.split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(lines.at(-1)).toBe('second line');
    expect(shown!.replaceAll(/\s/g, '')).toBe(message.replaceAll(/\s/g, ''));
  });
});
