import type { Em } from '../orm.ts';

/**
 * The next number of a series, gapless: the counter's row stays locked until the caller commits, so call it
 * last in a short transaction. Issue dates never go back within a series.
 * @param series  `INV` or `CN`; the year of the issue date is part of the series
 * @returns number as printed, and the civil issue date it belongs to
 */
export async function nextNumber(
  em: Em,
  series: 'INV' | 'CN',
  today: string,
): Promise<{ number: string; issuedOn: string }> {
  const [row] = await em.execute<{ last_number: string; issued_on: string }[]>(
    `insert into number_series as s (series, last_number, last_issued_on) values (?, 1, ?)
     on conflict (series) do update
       set last_number = s.last_number + 1, last_issued_on = greatest(s.last_issued_on, excluded.last_issued_on)
     returning last_number, to_char(last_issued_on, 'YYYY-MM-DD') as issued_on`,
    [`${series}-${today.slice(0, 4)}`, today],
  );
  return { number: `${series}-${today.slice(0, 4)}-${row!.last_number.padStart(6, '0')}`, issuedOn: row!.issued_on };
}
