import { parse } from 'csv-parse/sync';
import { wrongUse } from '#cli/commands/failure.ts';
import { FIELD_NAMES, isField, type Values } from './fields.ts';

export interface CsvRow {
  /** In the file, from 1; the header is one as well. */
  line: number;
  values: Values;
}

interface Parsed {
  record: Record<string, string>;
  info: { lines: number };
}

const DELIMITERS = [',', ';', '\t'] as const;

/** The one that splits the first line into the most columns that there are: spreadsheets write what their country uses. */
function delimiterOf(text: string): string {
  const [header = ''] = text.replace(/^\ufeff/, '').split(/\r\n|[\r\n]/, 1);
  const known = (delimiter: string) =>
    header.split(delimiter).filter((name) => isField(name.replaceAll('"', '').trim().toLowerCase())).length;
  return DELIMITERS.reduce((best, each) => (known(each) > known(best) ? each : best));
}

/**
 * Rows of a CSV file, by comma, semicolon or tab, whose first line names the columns, in any order. Empty cells are as if they were not there.
 * @throws Failure when the file is no CSV, or has columns nobody knows
 */
export function readCsv(text: string): CsvRow[] {
  let unknown: string[] = [];
  let twice: string[] = [];
  let parsed: Parsed[];
  try {
    parsed = parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      trim: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      columns: (header: string[]) => {
        const names = header.map((name) => name.trim().toLowerCase());
        unknown = names.filter((name) => !isField(name));
        twice = names.filter((name, i) => names.indexOf(name) !== i);
        return names;
      },
    }) as unknown as Parsed[];
  } catch (error) {
    throw wrongUse(`The file is no CSV: ${(error as Error).message}.`, [
      'Fields are separated by commas, semicolons or tabs, as in the first line; one with such a sign or a quote in it stands in double quotes.',
    ]);
  }
  if (unknown.length > 0 || twice.length > 0) {
    throw wrongUse('The first line of the file has to name the columns.', [
      ...unknown.map((name) => `"${name.slice(0, 60)}" is no column; there are ${FIELD_NAMES.join(', ')}`),
      ...twice.map((name) => `"${name}" is there twice`),
    ]);
  }
  if (parsed.length === 0) throw wrongUse('The file has no rows below its first line.');
  return parsed.map(({ record, info }) => ({
    line: info.lines,
    values: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')) as Values,
  }));
}
