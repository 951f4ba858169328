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

/**
 * Rows of a CSV file whose first line names the columns, in any order. Empty cells are as if they were not there.
 * @throws Failure when the file is no CSV, or has columns nobody knows
 */
export function readCsv(text: string): CsvRow[] {
  let unknown: string[] = [];
  let twice: string[] = [];
  let parsed: Parsed[];
  try {
    parsed = parse(text, {
      bom: true,
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
      'Fields are separated by commas; one with a comma or a quote in it stands in double quotes.',
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
