import { run, statement, type Runner } from '../statements.ts';

const COUNT = statement<{ lastNumber: string; issuedOn: string }>(
  'count_series',
  `insert into number_series as s (series, last_number, last_issued_on) values ($series, 1, $today)
   on conflict (series) do update
     set last_number = s.last_number + 1, last_issued_on = greatest(s.last_issued_on, excluded.last_issued_on)
   returning last_number::text as "lastNumber", to_char(last_issued_on, 'YYYY-MM-DD') as "issuedOn"`,
);

/**
 * The next number of a series, gapless: the counter's row stays locked until the caller commits, so call it
 * last in a short transaction. Issue dates never go back within a series.
 * @param name  `INV` or `CN`; the year of the issue date is part of the series
 * @returns number as printed, and the civil issue date it belongs to
 */
export async function nextNumber(
  on: Runner,
  name: 'INV' | 'CN',
  today: string,
): Promise<{ number: string; issuedOn: string }> {
  const series = `${name}-${today.slice(0, 4)}`;
  const [row] = await run(on, COUNT, { series, today });
  return { number: `${series}-${row!.lastNumber.padStart(6, '0')}`, issuedOn: row!.issuedOn };
}
