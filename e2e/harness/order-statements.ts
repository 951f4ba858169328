import type { openWire } from '#db/testing/wire.ts';
import type { PlacedOrder, Orders } from './orders.ts';
import { until, type Product } from './product.ts';

/** What runs by the clock, whether or not there is an order: by how a statement of its transaction begins. */
const BY_THE_CLOCK = [
  'select from command_outbox',
  'select audit_sequence',
  'delete from ',
  'insert into node_calls',
  'select n.id as "nodeId", n.calls_per_hour',
];

/** A relay that found a command taken by the other one; how often is chance, and more of it where the machine is busy. */
const looksInVain = (unit: readonly string[]): boolean =>
  unit.some((text) => /^\s*select o\.id, o\.kind, o\.workflow_id/.test(text)) &&
  !unit.some((text) => text.includes('update command_outbox'));

/**
 * What one order sends to the database, from the row that is placed to the live service with nothing left to be told:
 * API, relays, webhook intake and worker, begin and commit included. What runs by the clock, and looks of a relay that found
 * nothing, are not in it.
 * @returns the statements, each as often as it was sent
 */
export async function statementsOfOrder(
  product: Product,
  orders: Orders,
  wire: Awaited<ReturnType<typeof openWire>>,
  gateway: PlacedOrder['gateway'],
): Promise<string[]> {
  wire.take();
  const order = await orders.place(gateway);
  await orders.pay(order);
  await orders.ends(order, 'active');
  await until(async () => (await product.db.sql('select from command_outbox where sent_at is null')).length === 0);
  return wire
    .take()
    .transactions.filter(
      (unit) =>
        !looksInVain(unit) && !unit.some((text) => BY_THE_CLOCK.some((start) => text.trimStart().startsWith(start))),
    )
    .flat();
}

/** For people: each statement with how often it was sent, the most frequent first. */
export function tally(statements: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of statements) {
    const line = text.replaceAll(/\s+/g, ' ').trim();
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([line, count]) => `${count} × ${line}`)
    .join('\n');
}
