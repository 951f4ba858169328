import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#cli/root.ts';
import { verdict, type Figure, type Measure } from './measure.ts';

const RESULTS = join(ROOT, 'bench/results.json');
const README = join(ROOT, 'bench/README.md');
const BEGIN = '<!-- measured: begin, written by `npm run bench` -->';
const END = '<!-- measured: end -->';

export const readResults = (): Figure[] =>
  existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Figure[]) : [];

/** One entry per measure: a new figure replaces the older one of its id. */
export function record(figures: readonly Figure[], measures: readonly Measure[]): void {
  const ids = measures.flatMap((measure) => measure.ids);
  const kept = readResults().filter(({ id }) => !figures.some((figure) => figure.id === id));
  const all = [...kept, ...figures].toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  const readme = readFileSync(README, 'utf8');
  const [before, rest] = readme.split(BEGIN) as [string, string];
  const after = rest.split(END)[1]!;
  writeFileSync(README, `${before}${BEGIN}\n\n${render(all, measures)}\n${END}${after}`);
}

export function render(figures: readonly Figure[], measures: readonly Measure[]): string {
  const rows = figures.map((figure) => {
    const { id, value, unit, baseline, must, aim, rounds, date } = figure;
    const range = `${number(Math.min(...rounds))} to ${number(Math.max(...rounds))} in ${rounds.length}`;
    const cells = [
      `\`${id}\``,
      `${number(value)} ${unit}`,
      range,
      baseline ?? '',
      `${must}`,
      `${aim}`,
      VERDICTS[verdict(figure)],
      date,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const notes = figures.filter(({ note }) => note).map(({ id, note }) => `- \`${id}\`: ${note}`);
  const machines = [...new Set(figures.map(({ machine }) => machine))].map((machine) => `Measured on ${machine}.`);
  const methods = measures.map(({ ids, method }) => `- ${ids.map((id) => `\`${id}\``).join(', ')}: ${method}`);
  return [
    '| id | median | rounds | baseline | must | aim | reached | date |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...machines,
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
    '## How each is measured',
    '',
    ...methods,
    '',
  ].join('\n');
}

const VERDICTS = { aim: 'the aim', must: 'the must', missed: '**no**' };
const number = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
