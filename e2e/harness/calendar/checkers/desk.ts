import type { Customer, Expectation, ReadHappenings } from './happening.ts';

const aspect = 'desk';

/** What staff found on their desk: incidents by step and reason, tasks by kind. */
export const expectDesk = (
  { customerId }: Customer,
  ...texts: (`incident: ${string}` | `task: ${string}`)[]
): Expectation => ({ aspect, customerId, texts });

export const readDesk: ReadHappenings = async ({ db }) => {
  const rows = await db.sql<{ id: string; customer_id: string | null; at: Date; text: string }>(
    `select id, customer_id, opened_at as at, 'incident: ' || step || ', ' || reason as text from incident
     union all select id, customer_id, opened_at, 'task: ' || kind from staff_task`,
  );
  return rows.map(({ id, customer_id, at, text }) => ({
    aspect,
    key: `desk/${id}`,
    at,
    customerId: customer_id,
    text,
  }));
};
