import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ordersOf, type Orders } from '../harness/orders.ts';
import { openProduct, type Product } from '../harness/product.ts';
import { staffOf, type Staff } from '../harness/staff.ts';

let product: Product;
let orders: Orders;
let staff: Staff;
beforeAll(async () => {
  product = await openProduct('payloads');
  await Promise.all([product.startApi(), product.startWorker()]);
  [orders, staff] = [await ordersOf(product), await staffOf(product)];
}, 60_000);
afterAll(async () => {
  await orders?.close();
  await product?.close();
}, 60_000);

interface Wire {
  metadata: Record<string, string>;
  data: string;
}

/** Every encrypted payload of a history, wherever it stands, as the Temporal UI sends it. */
function payloadsIn(value: unknown): Wire[] {
  if (typeof value !== 'object' || value === null) return [];
  const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
  if (metadata?.['encoding'] && data && Buffer.from(metadata['encoding']).toString() === 'binary/encrypted') {
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    return [
      {
        metadata: Object.fromEntries(Object.entries(metadata).map(([name, bytes]) => [name, text(bytes)])),
        data: text(data),
      },
    ];
  }
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(payloadsIn);
}

it('AUD-01: whoever reads the history of an order is audited with the order, and not with each call', async () => {
  const order = await orders.place('stripe');
  await orders.pay(order);
  await orders.ends(order, 'active');
  const workflowId = `order/${order.orderId}`;
  const history = await product.temporal.workflow.getHandle(workflowId).fetchHistory();
  const payloads = payloadsIn(history.events);
  expect(payloads.length).toBeGreaterThan(10);
  for (const payload of payloads) {
    const answer = await fetch(`${product.api}/temporal/codec/session/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${staff.key}` },
      body: JSON.stringify({ payloads: [payload] }),
    });
    expect(answer.status).toBe(200);
  }
  expect(
    await product.db.sql(`select object_id, after, result from audit_entry where action like 'payloads.%'`),
  ).toEqual([{ object_id: workflowId, after: { count: 1 }, result: 'ok' }]);
  expect(await product.db.sql('select workflow_id, payloads from payload_reading')).toEqual([
    { workflow_id: workflowId, payloads: payloads.length },
  ]);
}, 60_000);
