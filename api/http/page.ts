/** One condition of a `where`, with its values in the order of its question marks. */
export type Condition = readonly [sql: string, ...values: unknown[]];

/**
 * A list's query, one row longer than the page so that it shows whether there is a next one.
 * Identifiers are written by us; whatever came from outside is bound.
 */
export function pageQuery(
  select: string,
  conditions: readonly (Condition | false | undefined)[],
  orderBy: string,
  limit: number,
): [sql: string, values: unknown[]] {
  const held = conditions.filter((condition): condition is Condition => !!condition);
  const where = held.length > 0 ? `where ${held.map(([sql]) => `(${sql})`).join(' and ')}` : '';
  return [`${select} ${where} order by ${orderBy} limit ?`, [...held.flatMap(([, ...values]) => values), limit + 1]];
}

/** @returns the rows of the page, and the id after which the next one starts */
export function pageOf<R extends { id: string }>(rows: R[], limit: number): { page: R[]; next: string | null } {
  const page = rows.slice(0, limit);
  return { page, next: rows.length > limit ? page.at(-1)!.id : null };
}

/** Text that is looked for with `like` as it stands. */
export const likeText = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');
