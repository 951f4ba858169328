import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ordersOf, type Orders } from '../harness/orders.ts';
import { openProduct, until, type Product } from '../harness/product.ts';
import { staffOf, type Staff } from '../harness/staff.ts';

let product: Product;
let orders: Orders;
let staff: Staff;
beforeAll(async () => {
  product = await openProduct('restart');
  await product.startApi();
  await product.startWorker();
  orders = await ordersOf(product);
  staff = await staffOf(product);
}, 60_000);
afterAll(async () => {
  await orders?.close();
  await product?.close();
});

it('an order whose workflow was terminated is told to staff, started again, and served once', async () => {
  const order = await orders.place('stripe');
  const workflowId = `order/${order.orderId}`;
  const opened = () =>
    product.db.sql(`select 1 from "order" where id = $1 and checkout_url is not null`, [order.orderId]);
  await until(async () => (await opened()).length > 0);
  await product.temporal.workflow.getHandle(workflowId).terminate('by mistake');

  const look = { taskQueue: product.db.name, args: [] };
  const found = async () =>
    (await product.temporal.workflow.execute('watchWorkflows', { ...look, workflowId: `look/${Math.random()}` })) as {
      lost: string[];
    };
  await until(async () => (await found()).lost.includes(workflowId));
  const [task] = await product.db.sql<{ text: string }>(
    `select text from staff_task where order_id = $1 and kind = 'lost_workflow'`,
    [order.orderId],
  );
  expect(task!.text).toContain(`hostwright workflows restart ${workflowId}`);

  const restart = (id: string) => staff.call('POST', '/workflows/restart', { workflow_id: id });
  expect(await restart(workflowId)).toMatchObject({ status: 200 });
  expect(await restart('order/none')).toMatchObject({ status: 404 });
  await orders.pay(order);
  await orders.ends(order, 'active');
  expect((await found()).lost).not.toContain(workflowId);
  // Of one that has finished its work a second start is nothing.
  expect(await restart(workflowId)).toMatchObject({ status: 200 });
  await until(async () => (await product.db.sql('select from command_outbox where sent_at is null')).length === 0);
  expect((await product.temporal.workflow.getHandle(workflowId).describe()).status.name).toBe('COMPLETED');
  expect(await product.db.sql('select 1 from service where customer_id = $1', [order.customerId])).toHaveLength(1);
}, 120_000);
