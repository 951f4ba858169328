import { orderWorkflow, subscriptionWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import { audit } from '#db/audit/entry.ts';
import { query, statement, transaction } from '#db/statements.ts';
import type { ActivityParts } from '../parts.ts';
import type { BrokenOff } from './executions.ts';
import { openTask } from '#db/desk/tasks.ts';

/** A workflow of which our rows say that it has work to do. */
interface Expected {
  workflowId: string;
  orderId: string | null;
  customerId: string | null;
  reference: string | null;
}

/** A start that was sent so long ago has arrived. */
const SENT_BEFORE_MS = 5 * 60_000;

const OPEN_ORDERS = statement<Expected>(
  'orders_with_work',
  `select 'order/' || o.id as "workflowId", o.id as "orderId", o.customer_id as "customerId", o.reference
   from "order" o join command_outbox c on c.key = 'start/order/' || o.id
   where o.ended_at is null and o.active_at is null and c.sent_at < $before`,
);
/** Of those that were broken off: an order or a subscription may be over, and whoever broke it off knew. */
const WITH_WORK = statement<Expected>(
  'broken_off_with_work',
  `select c.workflow_id as "workflowId", o.id as "orderId", o.customer_id as "customerId", coalesce(s.reference, o.reference) as reference
   from command_outbox c
   left join subscription s on c.workflow_id = 'subscription/' || s.id
   left join "order" o on c.workflow_id = 'order/' || o.id or o.id = s.order_id
   where c.kind = 'start' and c.workflow_id = any($ids) and c.sent_at is not null
     and (o.id is null or c.workflow_id not like 'order/%' or (o.ended_at is null and o.active_at is null))
     and (s.id is null or s.status = 'active')`,
);
const CLOSE_INCIDENTS = statement<{ id: string }>(
  'close_incidents_of_lost',
  `update incident set status = 'closed', closed_at = $asOf where workflow_id = $workflowId and status = 'open' returning id`,
);

export const createLostWorkflowActivities = ({ orm, executions }: Pick<ActivityParts, 'orm' | 'executions'>) => {
  /** One that waits in an incident waits no more: whoever decided it would be told that nobody is there. */
  const report = ({ workflowId, orderId, customerId, reference }: Expected, { how, runId }: BrokenOff, asOf: Date) =>
    transaction(orm, async (tx) => {
      const text =
        `${whatOf(workflowId)}${reference ? ` ${reference}` : ''} stands still: its workflow ${workflowId} ` +
        `${how === 'lost' ? 'is not known to Temporal' : `was ${how}`}. Start it again with ` +
        `\`hostwright workflows restart ${workflowId}\`: it goes through its steps once more and finds what is done.`;
      const key = `lost-workflow/${workflowId}/${runId || asOf.toISOString().slice(0, 10)}`;
      openTask(tx, { key, kind: 'lost_workflow', text, orderId, customerId }, asOf);
      for (const { id } of await tx.query(CLOSE_INCIDENTS, { workflowId, asOf })) {
        audit(tx, {
          at: asOf,
          actor: { type: 'system', id: 'watchWorkflows' },
          action: 'incident.closed',
          object: { type: 'incident', id },
          customerId: customerId ?? undefined,
          reason: `workflow ${how}`,
        });
      }
    });

  return {
    /** Finds workflows that ended otherwise than our rows say, and has staff start them again. @returns their ids */
    async findLostWorkflows({ asOf }: { asOf: number }): Promise<{ lost: string[] }> {
      const now = new Date(asOf);
      const running = await executions.running(WORKFLOW_TYPES.fulfillOrder);
      const before = new Date(asOf - SENT_BEFORE_MS);
      const missing = (await query(orm, OPEN_ORDERS, { before })).filter(({ workflowId }) => !running.has(workflowId));
      const ids = await executions.listBrokenOff(Object.values(WORKFLOW_TYPES));
      const broken = ids.length > 0 ? await query(orm, WITH_WORK, { ids }) : [];
      const expected = new Map([...missing, ...broken].map((each) => [each.workflowId, each]));
      const lost: string[] = [];
      for (const each of expected.values()) {
        const end = await executions.brokenOff(each.workflowId);
        if (!end) continue;
        await report(each, end, now);
        lost.push(each.workflowId);
      }
      return { lost };
    },
  };
};
export type LostWorkflowActivities = ReturnType<typeof createLostWorkflowActivities>;

function whatOf(workflowId: string): string {
  if (workflowId.startsWith(orderWorkflow(''))) return 'Order';
  return workflowId.startsWith(subscriptionWorkflow('')) ? 'Subscription' : 'Money';
}
