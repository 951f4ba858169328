import { readdirSync } from 'node:fs';
import { cpus, type } from 'node:os';
import { join } from 'node:path';
import { Problem } from '#cli/problem.ts';
import { ROOT } from '#cli/root.ts';
import { openHarness } from './harness.ts';
import { median, verdict, type Figure, type Measure } from './measure.ts';
import { record } from './results.ts';

const MEASURES = join(ROOT, 'bench/measures');

/** Every file of `bench/measures` is a measure, whoever put it there. */
export async function loadMeasures(): Promise<Measure[]> {
  const files = readdirSync(MEASURES)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort();
  return Promise.all(files.map(async (name) => ((await import(join(MEASURES, name))) as { default: Measure }).default));
}

/**
 * Measures what is named, or everything, one after the other, and records it in `bench/results.json` and
 * `bench/README.md`. A figure that misses its must is recorded as it is.
 * @param ids  of figures; those that are measured in one go come together
 * @throws Problem when there is no such id
 */
export async function run(ids: readonly string[]): Promise<void> {
  const measures = await loadMeasures();
  const known = measures.flatMap((measure) => measure.ids);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    throw new Problem(`Nothing is measured by the name of ${unknown.join(', ')}.`, {
      waysOut: [`Name one of ${known.join(', ')}, or none for all of them.`],
    });
  }
  const chosen = measures.filter((measure) => ids.length === 0 || measure.ids.some((id) => ids.includes(id)));
  for (const measure of chosen) {
    console.log(`\n${measure.ids.join(', ')}`);
    const harness = await openHarness((line) => console.log(`  ${line}`));
    const leave = () => void harness.close().then(() => process.exit(130));
    process.once('SIGINT', leave);
    try {
      const figures = (await measure.run(harness)).map(complete);
      record(figures, measures);
      for (const figure of figures) console.log(`  ${sentence(figure)}`);
    } finally {
      process.off('SIGINT', leave);
      await harness.close();
    }
  }
}

function complete(finding: Awaited<ReturnType<Measure['run']>>[number]): Figure {
  const { id, unit, baseline, must, aim, rounds, note } = finding;
  return {
    id,
    value: Number(median(rounds).toPrecision(4)),
    unit,
    baseline,
    must,
    aim,
    rounds: rounds.map((value) => Number(value.toPrecision(4))),
    command: `npm run bench -- ${id}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores of ${cpus()[0]?.model.trim() || 'an unnamed processor'}, ${type()}, Node ${process.versions.node}`,
    ...(note && { note }),
  };
}

function sentence(figure: Figure): string {
  const { id, value, unit, must, aim } = figure;
  const reached = { aim: 'reaches the aim', must: 'reaches the must', missed: 'MISSES the must' }[verdict(figure)];
  return `${id}: ${value} ${unit} (must ${must}, aim ${aim}): ${reached}`;
}
