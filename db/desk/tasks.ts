import type { TaskKind } from '#domain/desk/task-kinds.ts';
import { newId } from '#domain/ids.ts';
import { addRow, type PendingTable, type RowHolder } from '../pending-rows.ts';

export interface Task {
  /** One per happening. */
  key: string;
  kind: TaskKind;
  text: string;
  customerId?: string | null | undefined;
  orderId?: string | null | undefined;
  paymentId?: string | null | undefined;
}

const TASKS: PendingTable = {
  table: 'staff_task',
  columns: ['id', 'key', 'kind', 'text', 'customer_id', 'order_id', 'payment_id', 'opened_at'],
  once: 'key',
};

/** Something staff should look at that holds nothing up; opened once with its key. */
export const openTask = (change: RowHolder, task: Task, asOf: Date): void =>
  addRow(change, TASKS, {
    id: newId(),
    key: task.key,
    kind: task.kind,
    text: task.text,
    customer_id: task.customerId,
    order_id: task.orderId,
    payment_id: task.paymentId,
    opened_at: asOf,
  });
