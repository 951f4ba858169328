import { newId } from '#domain/ids.ts';
import type { Em } from '#db/orm.ts';

/** Writes one happening into the order's story; a repeat of the step adds nothing. */
export async function tell(
  em: Em,
  order: { id: string; customerId: string },
  happening: { key: string; kind?: string; text: string },
  asOf: Date,
): Promise<void> {
  await em.execute(
    `insert into order_event (id, order_id, customer_id, key, kind, text, at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (order_id, key) do nothing`,
    [newId(), order.id, order.customerId, happening.key, happening.kind ?? happening.key, happening.text, asOf],
  );
}

export interface Task {
  /** One per happening. */
  key: string;
  kind: string;
  text: string;
  customerId?: string | null | undefined;
  orderId?: string | null | undefined;
  paymentId?: string | null | undefined;
}

/** Something staff should look at that holds nothing up. */
export async function openTask(em: Em, task: Task, asOf: Date): Promise<void> {
  // What it is about may have been made in this transaction.
  await em.flush();
  await em.execute(
    `insert into staff_task (id, key, kind, text, customer_id, order_id, payment_id, opened_at) values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (key) do nothing`,
    [
      newId(),
      task.key,
      task.kind,
      task.text,
      task.customerId ?? null,
      task.orderId ?? null,
      task.paymentId ?? null,
      asOf,
    ],
  );
}
