import { inTransaction } from '#db/orm.ts';
import { createAccountRemoval } from '../accounts/delete-account.ts';
import { allOrFirstTrouble } from '#activities/each.ts';
import { askStaffToLook, nodesLeft, settleLeft, type LeftOn } from './orphaned-accounts.ts';
import { createOnNode } from '../accounts/service-on-node.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { openTask } from '#activities/desk/tasks.ts';

export interface ServiceToLeave {
  serviceId: string;
  asOf: number;
}

export interface WorkForStaff extends ServiceToLeave {
  /** What is left to them: the account on its node, or only what may lie on nodes that the service went on from. */
  what: 'make' | 'delete' | 'look';
  /** Why it is, for the text. */
  because: string;
}

/** How an account goes away again: from the node the service is on, from those it went on from, or by hand. */
export const createLeavingActivities = ({ orm, panels }: Pick<ActivityParts, 'orm' | 'panels'>) => {
  const onNode = createOnNode({ orm, panels });
  const removeAccount = createAccountRemoval({ orm });
  return {
    /**
     * Deletes the account if we made it, also what was left on other nodes; an adopted one stays. Where the panel does
     * not say whose it is, or that of another node does not answer, staff get a task.
     */
    async deleteAccount({ serviceId, asOf }: ServiceToLeave): Promise<void> {
      const now = new Date(asOf);
      const there = await onNode(serviceId);
      if ((await removeAccount(there, now)) === 'unsure') {
        const { service, node, wanted } = there;
        const text = `Order ${wanted.reference} is taken back, and ${node.name} may have an account ${service.username} of it, but does not say whose it is. Look there, and delete it if it was made for this order.`;
        const task = { nodeId: node.id, since: service.createdAt, orderId: wanted.orderId, text };
        await inTransaction(orm, async (em) => askStaffToLook(em, service, task, now));
      }
      for (const left of await nodesLeft(orm.em.fork(), serviceId)) {
        await clean(serviceId, left, now).catch((error: unknown) => handOver(serviceId, left, doubtOf(error), now));
      }
    },

    /**
     * Deletes what the service has left on the nodes it went on from, each once. Each is tried, whatever another does.
     * @throws what the first panel threw that did not do it; its node is still to be cleaned then
     */
    async leaveNodes({ serviceId, asOf }: ServiceToLeave): Promise<void> {
      const all = await nodesLeft(orm.em.fork(), serviceId);
      await allOrFirstTrouble(all.map((left) => clean(serviceId, left, new Date(asOf))));
    },

    /** Staff do by hand what a step was to do; a task says what, and others say where else to look. */
    async handToStaff({ serviceId, what, because, asOf }: WorkForStaff): Promise<void> {
      const now = new Date(asOf);
      for (const left of await nodesLeft(orm.em.fork(), serviceId)) await handOver(serviceId, left, because, now);
      if (what === 'look') return;
      const { service, node, wanted } = await onNode(serviceId);
      const { orderId, reference, plan, email } = wanted;
      const text =
        what === 'make'
          ? `Order ${reference} goes on without an account on ${node.name} (${because}). Make it there by hand: ${service.username}, for ${email}, with the package of the plan ${plan}.`
          : `Order ${reference} is taken back, and its account ${service.username} stays on ${node.name} (${because}). Delete it there by hand, if it is there and was made for this order.`;
      const task = { key: `by-hand/${what}/${serviceId}`, kind: `account_to_${what}`, text };
      const of = { customerId: service.customerId, orderId };
      await inTransaction(orm, async (em) => openTask(em, { ...task, ...of }, now));
    },
  };

  async function clean(serviceId: string, left: LeftOn, now: Date): Promise<void> {
    const there = await onNode(serviceId, left.nodeId);
    const { externalId, madeByUs } = left;
    Object.assign(there.service, { externalId, madeByUs });
    if ((await removeAccount(there, now)) === 'unsure') {
      return handOver(serviceId, left, 'does not say whose it is', now);
    }
    await inTransaction(orm, (em) => settleLeft(em, serviceId, left.nodeId, now));
  }

  async function handOver(serviceId: string, { nodeId, leftAt }: LeftOn, doubt: string, now: Date): Promise<void> {
    const { service, node, wanted } = await onNode(serviceId, nodeId);
    const names = wanted.names.join(' or ') || service.username;
    const text = `Order ${wanted.reference} went on from ${node.name}, which may have an account ${names} of it: ${doubt.replace(/\.$/, '')}. Look there, and delete it if it was made for this order.`;
    const task = { nodeId, since: new Date(leftAt), orderId: wanted.orderId, text };
    await inTransaction(orm, async (em) => {
      askStaffToLook(em, service, task, now);
      await settleLeft(em, serviceId, nodeId, now);
    });
  }
};

/** @throws what is not a panel's doing */
function doubtOf(error: unknown): string {
  if (error instanceof Error && 'where' in error) return error.message;
  throw error;
}
