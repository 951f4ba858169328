import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { fakeExecutions } from '../testing/fake-executions.ts';
import { asOf, provisioningHarness } from '../testing/provisioning-harness.ts';
import type { BrokenOff } from './executions.ts';
import { createLostWorkflowActivities } from './lost-workflows.ts';

const HOUR = 3_600_000;
const harness = provisioningHarness('lost');

/** An order whose start was sent. */
async function started() {
  const order = await harness.order();
  await harness.db.sql(`update command_outbox set sent_at = created_at where workflow_id = $1`, [
    `order/${order.orderId}`,
  ]);
  return { ...order, workflowId: `order/${order.orderId}` };
}
/** One look an hour later, in which what is not named has finished its work. */
const look = (broken: BrokenOff[], running: string[] = []) =>
  createLostWorkflowActivities({
    orm: harness.orm,
    executions: fakeExecutions(broken, running),
  }).findLostWorkflows({ asOf: asOf + HOUR });
const end = (workflowId: string, how: string): BrokenOff => ({ workflowId, runId: `run-of-${workflowId}`, how });
const tasks = async (orderId: string) =>
  (await harness.tasks(orderId)).filter(({ kind }) => kind === 'lost_workflow').map(({ text }) => text);

describe('a workflow that ended otherwise than our rows say', () => {
  it('is told once, with the command that starts it again', async () => {
    const { orderId, workflowId } = await started();
    for (let i = 0; i < 2; i += 1) expect(await look([end(workflowId, 'terminated')])).toEqual({ lost: [workflowId] });
    expect(await tasks(orderId)).toEqual([
      expect.stringMatching(
        /^Order O-\S+ stands still: .* was terminated\. Start it again with `hostwright workflows restart order\//,
      ),
    ]);
  });

  it('closes the incident in which it waited, with a word in the audit', async () => {
    const { orderId, workflowId } = await started();
    const id = newId();
    await harness.db.sql(
      `insert into incident (id, workflow_id, workflow_type, order_id, step, reason, message, choices, status, opened_at)
       values ($1, $2, 'fulfillOrder', $3, 'account', 'NameTaken', 'taken', '[]', 'open', now())`,
      [id, workflowId, orderId],
    );
    await look([end(workflowId, 'canceled')]);
    expect(await harness.db.sql('select status from incident where id = $1', [id])).toEqual([{ status: 'closed' }]);
    expect(await harness.db.sql(`select action, reason from audit_entry where object_id = $1`, [id])).toEqual([
      { action: 'incident.closed', reason: 'workflow canceled' },
    ]);
  });

  it('is also found where Temporal knows nothing of it any more', async () => {
    const { orderId, workflowId } = await started();
    expect(await look([end(workflowId, 'lost')])).toEqual({ lost: [workflowId] });
    expect(await tasks(orderId)).toEqual([expect.stringContaining('is not known to Temporal')]);
  });

  it('is told for a subscription that is active, and not for one that is over', async () => {
    const { orderId } = await harness.placed(await harness.node());
    const [row] = await harness.db.sql<{ id: string }>('select id from subscription where order_id = $1', [orderId]);
    const workflowId = `subscription/${row!.id}`;
    await harness.db.sql(
      `insert into command_outbox (id, kind, workflow_id, name, key, created_at, due_at, sent_at)
       values ($1, 'start', $2, 'keepSubscription', 'start/' || $2, now(), now(), now())`,
      [newId(), workflowId],
    );
    const status = (to: string) => harness.db.sql('update subscription set status = $2 where id = $1', [row!.id, to]);
    await status('canceled');
    expect((await look([end(workflowId, 'terminated')])).lost).not.toContain(workflowId);
    await status('active');
    expect((await look([end(workflowId, 'terminated')])).lost).toContain(workflowId);
    expect(await tasks(orderId)).toEqual([expect.stringMatching(/^Subscription S\S+ stands still/)]);
  });

  it('is not told while it runs, when it has finished, before it was started, or when its order is over', async () => {
    const [running, finished, over] = [await started(), await started(), await started()];
    const { orderId: waiting } = await harness.order();
    await harness.db.sql(
      `update "order" set status = 'canceled', ended_at = now(), ended_because = 'x' where id = $1`,
      [over.orderId],
    );
    const { lost } = await look([end(over.workflowId, 'terminated')], [running.workflowId]);
    for (const id of [running.workflowId, finished.workflowId, over.workflowId, `order/${waiting}`]) {
      expect(lost).not.toContain(id);
    }
  });
});
