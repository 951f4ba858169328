import { newId, reference } from '#domain/ids.ts';
import { Customer, Node, type OrderWishes } from '#db/entities/index.ts';
import { readCandidates } from '#db/nodes/candidates.ts';
import type { PlaceOutcome } from '#db/orders/place-order.ts';
import { referenceKey } from '#domain/money/payment-reference.ts';
import { askedOf, explainObstacles } from '#domain/services/placement.ts';
import type { Em } from '#db/orm.ts';
import { Problem } from '../http/problem.ts';

export interface BuyerToFind {
  email: string;
  name: string;
  company?: string | undefined;
  country: string;
}

/** By e-mail address; one that is there keeps its name and country. */
export async function findOrAddCustomer(
  em: Em,
  buyer: BuyerToFind,
  asOf: Date,
): Promise<{ id: string; added: boolean }> {
  const id = newId();
  const [added] = await em.execute<{ id: string }[]>(
    `insert into customer (id, reference, email, name, company, country, created_at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (lower(email)) do nothing returning id`,
    [id, reference('C', id), buyer.email, buyer.name, buyer.company ?? null, buyer.country, asOf],
  );
  if (added) return { id, added: true };
  const [there] = await em.execute<{ id: string }[]>(`select id from customer where lower(email) = lower(?)`, [
    buyer.email,
  ]);
  return { id: (there as Pick<Customer, 'id'>).id, added: false };
}

/**
 * A transfer pays for one order, however its reference is written. The lock makes two at once wait for each other.
 * @throws Problem 409 naming the order that has it
 */
export async function claimPaymentReference(em: Em, paymentReference: string): Promise<void> {
  const key = referenceKey(paymentReference);
  await em.execute(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [`payment reference ${key}`]);
  const [used] = await em.execute<{ reference: string }[]>(
    `select reference from "order" where payment_reference_key = ? and status <> 'canceled' limit 1`,
    [key],
  );
  if (!used) return;
  throw new Problem(
    409,
    'payment_already_recorded',
    `This transfer is recorded for order ${used.reference} already. Check the reference, or look at that order.`,
    { errors: [{ pointer: '/payment_reference', detail: `is used by order ${used.reference}` }] },
  );
}

/**
 * @throws Problem 422 for a node that is not there, 409 for a name that somebody has, or had, on it or, where no node is
 * wished for, on every node (BIZ-05)
 */
export async function assertWishes(em: Em, { nodeId, username }: OrderWishes): Promise<void> {
  if (nodeId && (await em.count(Node, { id: nodeId })) === 0) {
    throw new Problem(422, 'node_unknown', 'There is no such node; see GET /api/v2/nodes.', {
      errors: [{ pointer: '/node_id', detail: 'is not the id of a node' }],
    });
  }
  if (!username) return;
  const nodes = await em.execute<{ name: string; taken: boolean }[]>(
    `select name, exists (select from service s where s.node_id = n.id and s.username = ?) as taken from node n
     where n.id = coalesce(?, n.id) order by name`,
    [username, nodeId ?? null],
  );
  if (nodes.length === 0 || nodes.some(({ taken }) => !taken)) return;
  const where = nodeId ? nodes[0]!.name : 'every node';
  throw new Problem(409, 'username_taken', `The name ${username} is, or was, in use on ${where}. Choose another.`, {
    errors: [{ pointer: '/username', detail: `is taken on ${where}` }],
  });
}

/** Why no node can take the plan, and what staff can do; nothing of one that is not sold out. */
export async function explainSoldOut(em: Em, placed: PlaceOutcome, { nodeId }: OrderWishes): Promise<string> {
  if (placed.outcome !== 'sold_out') return '';
  const because = explainObstacles(askedOf(await readCandidates(em, placed.planId), nodeId));
  return `${because} Make room on a node, name another one, or have the plan wait (\`when_full\` of PATCH /api/v2/plans/{id}); then sell it again.`;
}
