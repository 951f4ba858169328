import { readFileSync } from 'node:fs';
import { writeWhole } from '#cli/start/files.ts';
import { Refused, type Api } from '#cli/commands/api.ts';
import { Failure, wrongUse, type Exit } from '#cli/commands/failure.ts';
import { mark } from '#cli/commands/output.ts';
import type { Context } from '#cli/commands/run.ts';
import { readCsv, type CsvRow } from './csv.ts';
import { fieldAt, type Values } from './fields.ts';
import { nodesByName } from './one.ts';
import { exitOf, notPlaced, resultOf, toCsv, type Outcome, type Result } from './result.ts';
import { toSale, type Sale } from './sale.ts';
import { place, settle, type Placed } from './sell.ts';

interface Sold extends Placed {
  row: Checked;
}
interface Checked {
  at: Pick<Result, 'line' | 'email' | 'reference'>;
  sale: Sale;
}

/**
 * Every row of a file is a sale of its own: a bad one holds none of the others up, and the file run again places
 * only what is not placed yet.
 * @param defaults  for cells that are empty or not there
 */
export async function provisionFile(context: Context, file: string, defaults: Values, waitMs: number): Promise<Exit> {
  const { api: open, output } = context;
  const rows = readCsv(readText(file)).map(({ line, values }) => ({ line, values: { ...defaults, ...values } }));
  const api = open();
  const nodes = await nodesByName(
    context,
    rows.some(({ values }) => values.node !== undefined),
  );
  const { good, bad } = check(rows, nodes);
  for (const result of bad) output.part(lineOf(result));

  const { sold, rest, stopped } = await placeAll(api, good, (result) => output.part(lineOf(result)));
  const results = new Map<Sold, Result>(sold.map((one) => [one, resultOf(one.row.at, one.order, one.repeated)]));
  let lost = stopped;
  try {
    await settle(api, sold, waitMs, (one, order) => {
      const result = resultOf(one.row.at, order, one.repeated);
      results.set(one, result);
      if (result.outcome !== 'waiting') output.part(lineOf(result));
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    lost ??= error;
  }

  const all = [...bad, ...rest, ...results.values()].sort((a, b) => a.line! - b.line!);
  const report = `${file}.report.csv`;
  writeWhole(report, toCsv(all), 0o600);
  const counts = countOf(all);
  const summary = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  const unsaid = all.filter(({ outcome }) => outcome === 'waiting' || outcome === 'unsent');
  output.result({ rows: all, counts, report }, [...unsaid.map(lineOf), summary.join(', ')]);
  output.say(`The report is in ${report}. The same file again repeats nothing that is placed.`);
  if (lost) output.say(`${lost.message} What is placed goes on without us.`);
  return exitOf(all, waitMs > 0, lost);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw wrongUse(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** Which rows can be sent, and of the others which column is wrong, and how. */
export function check(rows: readonly CsvRow[], nodes: ReadonlyMap<string, string>): { good: Checked[]; bad: Result[] } {
  const good: Checked[] = [];
  const bad: Result[] = [];
  const usedBy = new Map<string, number>();
  for (const { line, values } of rows) {
    const at = { line, email: values.email ?? '', reference: values.reference ?? '' };
    const checked = toSale(values, nodes);
    const earlier = usedBy.get(at.reference);
    if (!checked.ok) {
      const detail = checked.problems.map(({ field, problem }) => `${field} ${problem}`).join('; ');
      bad.push(notPlaced(at, 'invalid', detail));
    } else if (earlier !== undefined) {
      bad.push(notPlaced(at, 'invalid', `reference is on line ${earlier} already; a transfer pays for one order`));
    } else {
      usedBy.set(at.reference, line);
      good.push({ at, sale: checked.sale });
    }
  }
  return { good, bad };
}

/** One after the other: each row is one request, and the first whose failure would be that of the next as well ends the run. */
async function placeAll(api: Api, rows: readonly Checked[], onRefused: (result: Result) => void) {
  const sold: Sold[] = [];
  const rest: Result[] = [];
  let stopped: Failure | undefined;
  for (const [i, row] of rows.entries()) {
    try {
      sold.push({ ...(await place(api, row.sale)), row });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!(error instanceof Refused) || isAboutUs(error)) {
        if (i === 0) throw error;
        stopped = error;
        rest.push(...rows.slice(i).map(({ at }) => notPlaced(at, 'unsent', error.message)));
        break;
      }
      const result = notPlaced(row.at, 'refused', reasonOf(error));
      rest.push(result);
      onRefused(result);
    }
  }
  return { sold, rest, stopped };
}

/** The next row would be answered alike: the key is not good enough, it was used too often, or the API cannot now. */
const isAboutUs = ({ status }: Refused) => status === 401 || status === 403 || status === 429 || status >= 500;

/** The API's words, with columns for its pointers. */
const reasonOf = ({ message, errors }: Refused): string => {
  const columns = errors.flatMap(({ pointer }) => fieldAt(pointer) ?? []);
  return columns.length > 0 ? `${columns.join(', ')}: ${message}` : message;
};

function lineOf(result: Result): string {
  const { line, outcome, repeated, email, order, account, node, detail } = result;
  const passed = outcome === 'active' ? true : outcome === 'waiting' ? null : false;
  const what =
    outcome === 'active' ? `${order}  account ${account} on ${node}` : order ? `${order}  ${detail}` : detail;
  return `${mark(passed)} line ${line}  ${outcome}${repeated ? ' (before)' : ''}  ${email}  ${what}`;
}

function countOf(results: readonly Result[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
