/** Which node takes a new service. Source: the NextPanel contract, A9, and automation-defaults, section 11. */
export interface Candidate {
  id: string;
  name: string;
  panel: string;
  capacity: number;
  slotsTaken: number;
  draining: boolean;
  health: 'healthy' | 'failing';
  /** The plan's package on this node, if staff have mapped one. */
  packageId: string | null;
}

/** What becomes of an order that no node can take: it waits, paid, until one can; or it is refused before it is paid. */
export const WHEN_FULL = ['wait', 'refuse'] as const;
export type WhenFull = (typeof WHEN_FULL)[number];

export type Obstacle = 'full' | 'draining' | 'failing' | 'no_package';

/** Why a node cannot take the plan, or null when it can: `takes_new` of its row, and the package. */
export function obstacle(node: Candidate): Obstacle | null {
  if (node.health !== 'healthy') return 'failing';
  if (node.draining) return 'draining';
  if (node.packageId === null) return 'no_package';
  return node.slotsTaken < node.capacity ? null : 'full';
}

/** The nodes that are asked: all, or the one that staff named. */
export const askedOf = <C extends Candidate>(nodes: readonly C[], wanted: string | undefined): readonly C[] =>
  wanted ? nodes.filter(({ id }) => id === wanted) : nodes;

/** The nodes that can take it: least used by fraction first, then by count, then by id. */
export function rankNodes(nodes: readonly Candidate[]): Candidate[] {
  const fraction = ({ slotsTaken, capacity }: Candidate) => slotsTaken / capacity;
  return nodes
    .filter((node) => obstacle(node) === null)
    .sort((a, b) => fraction(a) - fraction(b) || a.slotsTaken - b.slotsTaken || (a.id < b.id ? -1 : 1));
}

const WORDS: Record<Obstacle, string> = {
  full: 'is full',
  draining: 'is draining',
  failing: 'fails its health checks',
  no_package: 'has no package for the plan',
};

/** One sentence for staff: "ams-1 is full, ams-2 is draining." */
export function explainObstacles(nodes: readonly Candidate[]): string {
  if (nodes.length === 0) return 'No node with this panel has been added.';
  return `${nodes.map((node) => `${node.name} ${WORDS[obstacle(node) ?? 'full']}`).join(', ')}.`;
}
