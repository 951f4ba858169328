import { statement } from '#db/statements.ts';
import type { TaskKind } from '#domain/desk/task-kinds.ts';

/** Once nobody can pay at its gateway any more, the order is paid by the transfer that staff have recorded. */
export const TAKE_TRANSFER = statement(
  'take_transfer',
  `update "order" set gateway = 'recorded', checkout_url = null, checkout_expires_at = null where id = $orderId`,
);

const PAID_TWICE: TaskKind = 'duplicate_payment';

/**
 * The part of a statement that has changed an order: where a transfer was recorded for it and pays nothing, a task says
 * so, once. It takes `$taskId` and `$asOf`.
 * @param changed  what the part that changed the order is called, which returns what is read here
 */
export const leaveTransfer = (because: string, changed = 'changed'): string => `
   insert into staff_task (id, key, kind, text, customer_id, order_id, opened_at)
   select $taskId::uuid, 'unbooked-transfer/' || id, '${PAID_TWICE}', 'The transfer ' || (wishes->>'paymentReference') ||
     ', recorded for order ' || reference || ', is not booked: ${because}. Send it back, or agree with the customer what it is for.',
     customer_id, id, $asOf
   from ${changed} where payment_recorded_at is not null and gateway <> 'recorded' on conflict (key) do nothing`;
