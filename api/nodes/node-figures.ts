import { Gauge } from 'prom-client';
import type { Em } from '#db/orm.ts';
import { readNodes } from './read-nodes.ts';

type Shown = Awaited<ReturnType<typeof readNodes>>[number];

/** What is told of each node, from what staff see of it. */
const FIGURES: readonly [name: string, help: string, of: (node: Shown) => number][] = [
  ['healthy', '1 while the checks of the node pass, else 0', ({ health }) => Number(health === 'healthy')],
  ['takes_orders', '1 while new services are placed on the node, else 0', (node) => Number(node.takes_orders)],
  ['places', 'Accounts the node may carry', ({ capacity }) => capacity],
  ['calls_left', 'Calls that the key of the node has left now, counted over all workers', (node) => node.calls_left],
  ['places_taken', 'Places of the node that are taken', ({ slots_taken: taken }) => taken],
];

const gauges = FIGURES.map(([name, help, of]) => ({
  gauge: new Gauge({ name: `hostwright_node_${name}`, help, labelNames: ['node'] }),
  of,
}));

/** Sets the figures of every node there is; one that is gone has none. */
export async function measureNodes(em: Em, asOf: Date): Promise<void> {
  const nodes = await readNodes(em, asOf);
  for (const { gauge, of } of gauges) {
    gauge.reset();
    for (const node of nodes) gauge.set({ node: node.name }, of(node));
  }
}
