import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { EXIT, Failure, type Exit } from '#cli/commands/failure.ts';
import { exitOf, notPlaced, toCsv, type Outcome, type Result } from './result.ts';

const AT = { line: 2, email: 'ada@example.com', reference: 'R1' };
const of = (outcome: Outcome, over: Partial<Result> = {}): Result => ({
  ...notPlaced(AT, 'refused', 'x'),
  outcome,
  ...over,
});

describe('how a run ends', () => {
  it.each<[Outcome[], boolean, number, string]>([
    [['active', 'active'], true, 0, 'all are there'],
    [['waiting'], false, 0, 'nobody wanted to wait'],
    [['waiting'], true, 3, 'placed, and not there in time'],
    [['parked'], true, 3, 'placed, and waits for a decision'],
    [['active', 'invalid'], true, 3, 'one of two'],
    [['refused', 'invalid'], true, 1, 'none'],
    [['canceled'], true, 1, 'undone'],
    [['active', 'unsent'], true, 3, 'the API would not take the second'],
    [['unsent'], true, 1, 'the API would take none'],
  ])('%j, waiting: %j, ends with %i: %s', (outcomes, awaited, exit) => {
    expect(
      exitOf(
        outcomes.map((outcome) => of(outcome)),
        awaited,
      ),
    ).toBe(exit);
  });
});

describe('how a run ends that was broken off', () => {
  const lost = (exit: Exit) => new Failure('x', 'x', { exit });

  it.each<[Outcome[], Exit, number, string]>([
    [['active', 'unsent'], EXIT.unreachable, 4, 'the API went away'],
    [['waiting'], EXIT.unreachable, 4, 'and did not come back'],
    [['active', 'unsent'], EXIT.failed, 3, 'the key was revoked meanwhile'],
    [['waiting'], EXIT.failed, 3, 'so nobody could look'],
  ])('%j by one that ends with %i, ends with %i: %s', (outcomes, exit, ends) => {
    const results = outcomes.map((outcome) => of(outcome));
    expect(exitOf(results, true, lost(exit))).toBe(ends);
  });
});

describe('the report', () => {
  it('is CSV that reads back as it was, with quotes, commas and line breaks', () => {
    const detail = 'He said "no",\nand that was that';
    const [row] = parse(toCsv([of('refused', { detail })]), { columns: true }) as Record<string, string>[];
    expect(row).toMatchObject({
      line: '2',
      email: 'ada@example.com',
      outcome: 'refused',
      repeated: 'false',
      order: '',
      detail,
    });
  });

  it.each(['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)'])(
    'has no cell a spreadsheet would run: %s',
    (reference) => {
      const [row] = parse(toCsv([of('active', { reference })]), { columns: true }) as Record<string, string>[];
      expect(row!.reference).toBe(`'${reference}`);
    },
  );
});
