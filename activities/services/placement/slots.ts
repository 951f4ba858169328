import { explainObstacles, obstacle, rankNodes, type Candidate } from '#domain/services/placement.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import type { Plan } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { derivedNames } from '../accounts/account-names.ts';

/** Takes back what the transaction has written so far. */
export class NotPlaced extends Error {
  readonly stop: Stop;
  constructor(stop: Stop) {
    super(stop.message);
    this.stop = stop;
  }
}

/**
 * One conditional update per candidate, best first: whoever loses the last slot goes on to the next node. Where another
 * service has the name, ours gets one of its own, and whether that will do is decided when the account is made.
 * @throws NotPlaced when there is none
 */
export async function takeSlot(
  em: Em,
  plan: Plan,
  { id: serviceId, username }: { id: string; username: string },
  wanted: string | undefined,
): Promise<Candidate> {
  const all = await candidates(em, plan, serviceId, username);
  const asked = wanted ? all.filter(({ id }) => id === wanted) : all;
  const ranked = rankNodes(asked) as NamedCandidate[];
  const free = ranked.filter(({ nameTaken }) => !nameTaken);
  const another = derivedNames({ id: serviceId }).find((name) => name !== username)!;
  for (const node of [...free, ...ranked.filter(({ nameTaken }) => nameTaken)]) {
    const taken = await em.execute(
      `with slot as (
         update node set slots_taken = slots_taken + 1
         where id = ? and slots_taken < capacity and not draining and health = 'healthy' returning id
       ), placed as (
         update service set node_id = slot.id, holds_slot = true, status = 'provisioning', username = ? from slot where service.id = ?
       )
       update license set node_id = slot.id from slot where license.service_id = ? returning license.id`,
      [node.id, node.nameTaken ? another : username, serviceId, serviceId],
    );
    if (taken.length > 0) return node;
  }
  const where = { adapter: plan.panel, nodeId: wanted };
  if (wanted && asked.length === 0) {
    const message = `There is no node ${wanted} with the panel ${plan.panel}. Retry with the id of one that GET /api/v2/nodes shows.`;
    throw new NotPlaced({ stop: 'NoFreeNode', message, ...where });
  }
  if (asked.length > 0 && asked.every((node) => obstacle(node) === 'no_package')) {
    const message = `No package is mapped for the plan ${plan.code}: ${explainObstacles(asked)} Name the package of the plan on a node; the order then goes on by itself.`;
    throw new NotPlaced({ stop: 'PackageMissing', message, ...where });
  }
  const message = `No node can take the plan ${plan.code}: ${explainObstacles(asked)} The order goes on by itself when one is free.`;
  throw new NotPlaced({ stop: 'NoFreeNode', message, ...where });
}

/** A node, and whether another service has the name there. */
type NamedCandidate = Candidate & { nameTaken: boolean };

const candidates = (em: Em, plan: Plan, serviceId: string, username: string): Promise<NamedCandidate[]> =>
  em.execute<NamedCandidate[]>(
    `select n.id, n.name, n.panel, n.capacity, n.slots_taken as "slotsTaken", n.draining, n.health, pp.package_id as "packageId",
       exists (select from service s where s.node_id = n.id and s.username = ? and s.id <> ? and s.status not in ('canceled', 'terminated')) as "nameTaken"
     from node n left join plan_package pp on pp.node_id = n.id and pp.plan_id = ?
     where n.panel = ?`,
    [username, serviceId, plan.id, plan.panel],
  );
