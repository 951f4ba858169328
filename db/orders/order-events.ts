import { newId } from '#domain/ids.ts';
import { addRow, type PendingTable, type RowHolder } from '../pending-rows.ts';

const ORDER_EVENTS: PendingTable = {
  table: 'order_event',
  columns: ['id', 'order_id', 'customer_id', 'key', 'kind', 'text', 'at'],
  once: 'order_id, key',
};

/** Adds one happening to the order's story; a repeat of the step adds nothing. */
export const addOrderEvent = (
  change: RowHolder,
  order: { id: string; customerId: string },
  { key, kind = key, text }: { key: string; kind?: string; text: string },
  asOf: Date,
): void =>
  addRow(change, ORDER_EVENTS, {
    id: newId(),
    order_id: order.id,
    customer_id: order.customerId,
    key,
    kind,
    text,
    at: asOf,
  });
