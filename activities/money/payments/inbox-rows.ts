import { query, statement } from '#db/statements.ts';
import type { Orm } from '#db/orm.ts';

/** An event of a gateway, as it lies in the inbox. */
export interface InboxRow {
  id: string;
  gateway: string;
  account: string;
  type: string;
  subject: string;
  objectId: string;
  checkoutId: string | null;
  gatewayPaymentId: string | null;
  attemptId: string | null;
}

const READ_EVENTS = statement<InboxRow>(
  'read_events',
  `select id, gateway, account, type, subject, object_id as "objectId", checkout_id as "checkoutId",
     gateway_payment_id as "gatewayPaymentId", attempt_id as "attemptId"
   from webhook_inbox where id = any($inboxIds::uuid[]) order by id`,
);
const EXPLAIN = statement(
  'explain_events',
  `update webhook_inbox set outcome = 'told' where id = any($inboxIds::uuid[]) and outcome is null`,
);

export const readEvents = (orm: Orm, inboxIds: readonly string[]): Promise<InboxRow[]> =>
  query(orm, READ_EVENTS, { inboxIds });

/** Marks events as explained: what they speak of is booked, or is of no consequence. */
export async function explainEvents(orm: Orm, inboxIds: readonly string[]): Promise<void> {
  if (inboxIds.length > 0) await query(orm, EXPLAIN, { inboxIds });
}
