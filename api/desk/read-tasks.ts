import { taskTitle } from '#domain/desk/task-kinds.ts';
import type { z } from '@hono/zod-openapi';
import type { Em } from '#db/orm.ts';
import type { FindTasks, TaskList, TaskView } from '../contracts/incidents.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { isoOf, isoOrNull } from '../http/sql-time.ts';

interface TaskRow {
  id: string;
  kind: string;
  text: string;
  order_id: string | null;
  order_reference: string;
  customer_id: string | null;
  customer_name: string;
  customer_number: number;
  opened_at: string;
  done_at: string | null;
  done_by: string | null;
}

const SELECT = `select t.id, t.kind, t.text, t.opened_at, t.done_at, coalesce(u.name, t.done_by) as done_by,
    t.order_id, o.reference as order_reference, t.customer_id, c.name as customer_name, c.number::integer as customer_number
  from staff_task t left join "order" o on o.id = t.order_id left join customer c on c.id = t.customer_id
  left join user_account u on u.id::text = t.done_by`;

export async function findTasks(
  em: Em,
  { done, after, limit }: z.infer<typeof FindTasks>,
): Promise<z.infer<typeof TaskList>> {
  const [sql, values] = pageQuery(
    SELECT,
    [[done === 'true' ? 't.done_at is not null' : 't.done_at is null'], !!after && ['t.id < ?', after]],
    't.id desc',
    limit,
  );
  const { page, next } = pageOf(await em.execute<TaskRow[]>(sql, values), limit);
  return { tasks: page.map(viewOf), next };
}

export async function readTask(em: Em, id: string): Promise<z.infer<typeof TaskView> | null> {
  const [row] = await em.execute<TaskRow[]>(`${SELECT} where t.id = ?`, [id]);
  return row ? viewOf(row) : null;
}

const viewOf = (row: TaskRow): z.infer<typeof TaskView> => ({
  id: row.id,
  kind: row.kind,
  title: taskTitle(row.kind),
  text: row.text,
  order: row.order_id ? { id: row.order_id, reference: row.order_reference } : null,
  customer: row.customer_id ? { id: row.customer_id, number: row.customer_number, name: row.customer_name } : null,
  opened_at: isoOf(row.opened_at),
  done_at: isoOrNull(row.done_at),
  done_by: row.done_by,
});
