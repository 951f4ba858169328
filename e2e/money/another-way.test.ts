import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandLine } from '../harness/command-line.ts';
import { ordersOf, type Orders, type PlacedOrder } from '../harness/orders.ts';
import { until } from '../harness/product.ts';

const line = commandLine('another_way');
let orders: Orders;
beforeAll(async () => {
  orders = await ordersOf(line.product);
}, 60_000);
afterAll(() => orders?.close());

const rows = <Row extends object>(text: string, { orderId }: PlacedOrder) =>
  line.product.db.sql(text, [orderId]) as unknown as Promise<Row[]>;
const page = (order: PlacedOrder) =>
  until(async () => {
    const [row] = await rows<{ url: string | null }>('select checkout_url as url from "order" where id = $1', order);
    return row?.url ?? undefined;
  });
const payments = (order: PlacedOrder) =>
  rows(
    `select p.gateway, p.allocated_minor::int as paid from payment p join invoice i on i.id = p.invoice_id where i.order_id = $1`,
    order,
  );
const incidents = (order: PlacedOrder) => rows('select step, message from incident where order_id = $1', order);

describe.each(['stripe', 'paypal'] as const)('an order that waits at %s and is paid by bank transfer', (gateway) => {
  it('becomes active once, and its page at the gateway takes nothing any more', async () => {
    const order = await orders.place(gateway);
    const url = await page(order);
    const command = ['orders', 'record-payment', order.orderId, '--reference', `Transfer for ${gateway}`];
    expect(await line.run(...command)).toMatchObject({
      exit: 0,
      out: expect.stringContaining('is recorded for order O-'),
    });
    await orders.ends(order, 'active');
    expect(await line.run(...command)).toMatchObject({ exit: 0 });
    // At PayPal the page cannot be closed; what is agreed to there is never captured.
    if (gateway === 'paypal') await fetch(url.replace('/checkoutnow?', '/checkoutnow/pay?'), { method: 'POST' });
    expect(await payments(order)).toEqual([{ gateway: 'recorded', paid: 2_900 }]);
    expect(await incidents(order)).toEqual([]);
  });
});

it('a payment that PayPal reviews and declines leads to a page that can be paid', async () => {
  const order = await orders.place('paypal');
  const first = await page(order);
  await orders.pay(order, 'pay-later');
  await until(
    async () => (await rows(`select 1 from payment_attempt where order_id = $1 and status = 'processing'`, order))[0],
  );
  const { paypal } = line.product.vendors;
  const { capture } = await paypal.get<{ capture: { id: string } }>(
    `/orders/${new URL(first).searchParams.get('token')}`,
  );
  await paypal.call('POST', `/captures/${capture.id}/decline`);
  const second = await until(async () => {
    const url = await page(order);
    return url === first ? undefined : url;
  });
  const { invoiceId } = await paypal.get<{ invoiceId: string }>(`/orders/${new URL(second).searchParams.get('token')}`);
  expect(invoiceId).toMatch(/^INV-.*\/2$/);
  await orders.pay(order);
  await orders.ends(order, 'active');
  expect(await payments(order)).toEqual([{ gateway: 'paypal', paid: 2_900 }]);
  expect(await incidents(order)).toEqual([]);
});
