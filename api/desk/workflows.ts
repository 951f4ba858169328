import { asNobody, asStaff } from '#db/acting.ts';
import { sendAgain } from '#db/messages/outbox.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import { RestartedWorkflow, RestartWorkflow } from '../contracts/incidents.ts';
import { Problem } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';

const restart = createRoute({
  method: 'post',
  path: '/workflows/restart',
  access: { actor: 'staff', permission: 'workflows.signal' },
  summary:
    'Start a workflow again that was canceled, terminated, failed or lost; one that runs, or is done, stays as it is',
  request: { body: { required: true, content: json(RestartWorkflow) } },
  responses: {
    200: { description: 'Its start goes out again', content: json(RestartedWorkflow) },
    404: { description: 'No such workflow was ever started' },
  },
});

export const workflowRoutes = ({ orm }: Pick<Parts, 'orm'>) =>
  router().openapi(restart, async (c) => {
    const { workflow_id: workflowId } = c.req.valid('json');
    const asOf = c.get('asOf');
    const isKnown = await asNobody(orm, (em) => sendAgain(em, workflowId, asOf));
    if (!isKnown) {
      throw new Problem(
        404,
        'workflow_unknown',
        'No workflow was started by that id. A task, or the Temporal UI, has it.',
      );
    }
    await asStaff(orm, async (em) =>
      auditRequest(c, em, { action: 'workflow.restarted', object: { type: 'workflow', id: workflowId } }),
    );
    return c.json({ workflow_id: workflowId }, 200);
  });
