import { z } from '@hono/zod-openapi';
import { asStaff } from '#db/acting.ts';
import { StaffTask } from '#db/entities/index.ts';
import { auditRequest, staffOf, type Parts } from '../http/context.ts';
import { Id, json } from '../contracts/common.ts';
import { FindTasks, TaskList, TaskView } from '../contracts/incidents.ts';
import { findTasks, readTask } from './read-tasks.ts';
import { notFound } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';

const list = createRoute({
  method: 'get',
  path: '/tasks',
  access: { actor: 'staff', permission: 'orders.read' },
  summary: 'What a person should look at that holds nothing up',
  request: { query: FindTasks },
  responses: { 200: { description: 'A page, newest first', content: json(TaskList) } },
});

const done = createRoute({
  method: 'post',
  path: '/tasks/{id}/done',
  access: { actor: 'staff', permission: 'orders.write' },
  summary: 'Mark as done; who did it first stays',
  request: { params: z.strictObject({ id: Id }) },
  responses: { 200: { description: 'The task', content: json(TaskView) }, 404: { description: 'No such task' } },
});

export const taskRoutes = ({ orm }: Pick<Parts, 'orm'>) =>
  router()
    .openapi(list, async (c) => c.json(await asStaff(orm, (em) => findTasks(em, c.req.valid('query'))), 200))
    .openapi(done, async (c) => {
      const { id } = c.req.valid('param');
      const staff = staffOf(c);
      const task = await asStaff(orm, async (em) => {
        const marked = await em.nativeUpdate(
          StaffTask,
          { id, doneAt: null },
          { doneAt: c.get('asOf'), doneBy: staff.userId },
        );
        if (marked > 0) auditRequest(c, em, { action: 'task.done', object: { type: 'staff_task', id } });
        return readTask(em, id);
      });
      if (!task) throw notFound('task');
      return c.json(task, 200);
    });
