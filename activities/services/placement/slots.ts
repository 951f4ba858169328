import { newId } from '#domain/ids.ts';
import { rankNodes, type Candidate } from '#domain/services/placement.ts';
import { CANDIDATE, CANDIDATES } from '#db/nodes/candidates.ts';
import { wake } from '#db/messages/wake.ts';
import type { RowHolder } from '#db/pending-rows.ts';
import { run, statement, type Runner, type Transaction } from '#db/statements.ts';

/** A node, and whether another service has the wanted name there. */
export type NamedCandidate = Candidate & { nameTaken: boolean };

const READ_CANDIDATES = statement<NamedCandidate>(
  'read_candidates',
  `select ${CANDIDATE},
     exists (select from service s where s.node_id = n.id and s.username = $username and s.id <> $serviceId
       and s.status not in ('canceled', 'terminated')) as "nameTaken"
   ${CANDIDATES}`,
);

/** Every node with the plan's panel. */
export const readNamedCandidates = (
  tx: Transaction,
  of: { planId: string; serviceId: string; username: string },
): Promise<NamedCandidate[]> => tx.query(READ_CANDIDATES, of);

/** The nodes that can take it, best first; those where another service has the wanted name come last. */
export function inOrderOfChoice(candidates: readonly NamedCandidate[]): NamedCandidate[] {
  const ranked = rankNodes(candidates) as NamedCandidate[];
  return [...ranked.filter(({ nameTaken }) => !nameTaken), ...ranked.filter(({ nameTaken }) => nameTaken)];
}

/**
 * How a statement takes the slot of a node: one conditional update, as the part `slot`. Nothing comes of it when the
 * node has filled up, drains or fails; whoever loses the last slot goes on to the next node.
 */
export const SLOT = `slot as (
     update node set slots_taken = slots_taken + 1
     where id = $nodeId and takes_new returning id
   )`;

const FREE_SLOT = statement('free_slot', 'update node set slots_taken = slots_taken - 1 where id = $nodeId');
const STOP_HOLDING = statement('stop_holding', 'update service set holds_slot = false where id = $serviceId');

/** Gives a service's slot back, once. */
export async function releaseSlot(
  on: Runner & RowHolder,
  service: { id: string; nodeId?: string | null | undefined; holdsSlot: boolean },
  now: Date,
): Promise<void> {
  if (!service.holdsSlot || !service.nodeId) return;
  service.holdsSlot = false;
  await run(on, STOP_HOLDING, { serviceId: service.id });
  await freeSlot(on, service.id, service.nodeId, now);
}

/** A place on the node is free again: the orders that wait for one are told. */
export async function freeSlot(on: Runner & RowHolder, serviceId: string, nodeId: string, now: Date): Promise<void> {
  await run(on, FREE_SLOT, { nodeId });
  // A service may come back to a node and leave it again. What is rolled back takes its commands with it.
  await wake(on, { because: `slot/${serviceId}/${newId()}`, nodeId }, now);
}
