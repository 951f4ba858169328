import type { Context } from 'hono';
import { listOf, objectOf, parseForm, textOf, type Params } from './form.ts';
import { missing, StripeFault } from './fault.ts';
import type { World } from './world.ts';

export const queryOf = (c: Context): Params => parseForm(new URL(c.req.url).search.slice(1));

export const bodyOf = async (c: Context): Promise<Params> => parseForm(await c.req.text());

export const expandOf = (params: Params): string[] => listOf(params, 'expand').map(String);

/** Answers newest first, by pages. @param rows  oldest first, already filtered by what is the resource's own */
export function page<T extends { id: string; created: number }>(
  c: Context,
  world: Pick<World, 'show'>,
  rows: T[],
  params: Params,
) {
  const limit = Number(textOf(params, 'limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw new StripeFault(400, { param: 'limit', message: `Invalid limit: ${limit}; between 1 and 100.` });
  }
  const created = objectOf(params, 'created');
  const bound = (name: string) => (textOf(created, name) === undefined ? undefined : Number(textOf(created, name)));
  const [gte = -Infinity, gt = -Infinity, lte = Infinity, lt = Infinity] = ['gte', 'gt', 'lte', 'lt'].map(bound);
  const newestFirst = rows
    .filter((row) => row.created >= gte && row.created > gt && row.created <= lte && row.created < lt)
    .reverse();
  const after = textOf(params, 'starting_after');
  const start = after ? newestFirst.findIndex(({ id }) => id === after) + 1 : 0;
  if (after && start === 0) throw missing('object', after, 'starting_after', 400);
  const expand = expandOf(params).flatMap((path) => (path.startsWith('data.') ? [path.slice(5)] : []));
  return c.json({
    object: 'list',
    url: c.req.path,
    has_more: newestFirst.length > start + limit,
    data: newestFirst.slice(start, start + limit).map((row) => world.show(row, expand)),
  });
}
