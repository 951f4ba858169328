import type { Harness } from './harness.ts';

/** What one measure found. Whether more or less is better follows from `must` and `aim`. */
export interface Figure {
  id: string;
  /** The median of the rounds. */
  value: number;
  unit: string;
  /** What it is compared with and what that did in the same rounds; null for an absolute figure. */
  baseline: string | null;
  must: number;
  aim: number;
  /** The value of each round, in order. */
  rounds: number[];
  /** Repeats it. */
  command: string;
  /** The day it was measured, UTC. */
  date: string;
  /** Where it was measured. */
  machine: string;
  /** What the number alone does not say. */
  note?: string;
}

/** What a measure hands back; the rest of a figure is the same for all. */
export type Finding = Omit<Figure, 'value' | 'command' | 'date' | 'machine'>;

/** One file of `bench/measures`: everything that is measured in one go. */
export interface Measure {
  ids: readonly string[];
  /** How it is measured, a few sentences for `bench/README.md`. */
  method: string;
  run(harness: Harness): Promise<Finding[]>;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('No rounds: there is no median.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Runs all contenders once per round, each round beginning with another one, so that whatever else the machine
 * does meets them alike.
 * @returns per contender its result of each round
 */
export async function interleaved<Name extends string, Result>(
  contenders: readonly Name[],
  rounds: number,
  run: (name: Name, round: number) => Promise<Result>,
): Promise<Record<Name, Result[]>> {
  const results = Object.fromEntries(contenders.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < contenders.length; i += 1) {
      const name = contenders[(i + round) % contenders.length]!;
      results[name].push(await run(name, round));
    }
  }
  return results;
}

/** More is better when the aim lies above the must. */
export function verdict({ value, must, aim }: Pick<Figure, 'value' | 'must' | 'aim'>): 'aim' | 'must' | 'missed' {
  const reaches = (goal: number) => (aim >= must ? value >= goal : value <= goal);
  if (reaches(aim)) return 'aim';
  return reaches(must) ? 'must' : 'missed';
}
