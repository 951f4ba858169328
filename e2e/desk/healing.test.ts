import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ordersOf, type Orders } from '../harness/orders.ts';
import { staffOf, type Staff } from '../harness/staff.ts';
import { openProduct, until, type Product } from '../harness/product.ts';
import { PANEL_KEY } from '#db/testing/seed.ts';

describe('a parked order goes on by itself', () => {
  let product: Product;
  let orders: Orders;
  let staff: Staff;
  beforeAll(async () => {
    product = await openProduct('healing', { capacity: 1 });
    await product.startApi();
    await product.startWorker();
    orders = await ordersOf(product);
    staff = await staffOf(product);
  }, 60_000);
  afterAll(async () => {
    await orders?.close();
    await product?.close();
  }, 60_000);

  it('when a full node gets room', async () => {
    const [first, second] = [await orders.place('stripe'), await orders.place('paypal')];
    await orders.pay(first);
    await orders.ends(first, 'active');
    await orders.pay(second);
    const incident = await orders.parked(second, 'placement');
    const shown = await staff.call<{ reason: string; message: string }>('GET', `/incidents/${incident}`);
    expect(shown.body).toMatchObject({ reason: 'NoFreeNode' });
    expect(shown.body.message).toContain('ams-1 is full');
    expect(await staff.call('PATCH', `/nodes/${product.nodeId}`, { capacity: 50 })).toMatchObject({ status: 200 });
    await orders.ends(second, 'active');
    expect(await product.db.sql(`select status from incident where id = $1`, [incident])).toEqual([
      { status: 'healed' },
    ]);
  }, 60_000);

  it('SECR-02: when a secret that did not open is restored', async () => {
    const [kept] = await product.db.sql<{ credentials: Buffer }>('select credentials from node');
    const write = (credentials: Buffer) =>
      product.db.sql('update node set credentials = $1, credentials_changed_at = now()', [credentials]);
    const damaged = Buffer.from(kept!.credentials);
    damaged[damaged.length - 1]! ^= 1;
    await write(damaged);
    const order = await orders.place('stripe');
    await orders.pay(order);
    const incident = await orders.parked(order, 'account');
    const shown = await staff.call<{ reason: string; title: string; message: string }>('GET', `/incidents/${incident}`);
    expect(shown.body).toMatchObject({
      reason: 'SealBroken',
      title: 'The account could not be made: a secret that is kept sealed does not open',
    });
    expect(shown.body.message).toContain(`node.credentials of ${product.nodeId} does not open`);
    await write(kept!.credentials);
    expect(await staff.call('PATCH', `/nodes/${product.nodeId}`, { capacity: 51 })).toMatchObject({ status: 200 });
    await orders.ends(order, 'active');
  }, 60_000);

  it('when refused credentials are replaced: one incident stands for the node, however many orders wait', async () => {
    await product.vendors.panel.call('PATCH', `/keys/${PANEL_KEY.apiKey}`, { revoked_at: new Date().toISOString() });
    const waiting = [await orders.place('stripe'), await orders.place('stripe')];
    for (const order of waiting) await orders.pay(order);
    // Whichever is refused first takes the node out of rotation; the other waits for the account as well, or for a node.
    const ids = waiting.map(({ orderId }) => orderId);
    const parked = () =>
      product.db.sql<{ step: string }>(`select step from incident where order_id = any($1) and status = 'open'`, [ids]);
    const steps = await until(async () => {
      const rows = await parked();
      return rows.length === ids.length && rows.map(({ step }) => step);
    });
    expect(steps).toContain('account');
    expect(await product.db.sql(`select health from node`)).toEqual([{ health: 'failing' }]);
    const standing = await product.db.sql(
      `select id from incident where reason = 'VendorUnauthorized' and status = 'open' and parent_id is null`,
    );
    expect(standing).toHaveLength(1);

    await product.vendors.panel.call('PATCH', `/keys/${PANEL_KEY.apiKey}`, { revoked_at: null });
    expect(await staff.call('POST', `/nodes/${product.nodeId}/test`)).toMatchObject({ status: 200 });
    for (const order of waiting) await orders.ends(order, 'active');
    expect(await product.db.sql(`select 1 from incident where status = 'open'`)).toEqual([]);
  }, 90_000);

  it('and a second payment of one invoice goes back by itself, with a notice for staff', async () => {
    const order = await orders.place('stripe');
    await orders.pay(order, 'twice');
    await orders.ends(order, 'active');
    await until(
      async () =>
        (
          await product.db.sql(`select 1 from refund where customer_id = $1 and status = 'succeeded'`, [
            order.customerId,
          ])
        ).length > 0,
    );
    const payments = await product.db.sql(
      `select allocated_minor, refunded_minor from payment where customer_id = $1 order by allocated_minor`,
      [order.customerId],
    );
    expect(payments).toEqual([
      { allocated_minor: '0', refunded_minor: '2900' },
      { allocated_minor: '2900', refunded_minor: '0' },
    ]);
    expect(await product.db.sql(`select kind from staff_task where customer_id = $1`, [order.customerId])).toEqual([
      { kind: 'duplicate_payment' },
    ]);
    const [credit] = await product.db.sql(
      `select coalesce(sum(amount_minor), 0) as total from ledger_entry where customer_id = $1 and account = 'credit_balance'`,
      [order.customerId],
    );
    expect(credit).toEqual({ total: '0' });
  }, 60_000);

  it.each([
    ['stripe', 'twice', ''],
    ['paypal', 'pay-twice', '/fail'],
  ] as const)(
    'but a refund that %s could not carry out is credit again until staff decide, and is then another',
    async (gateway, action, turn) => {
      const order = await orders.place(gateway);
      await orders.pay(order, action);
      await orders.ends(order, 'active');
      const refunded = (status: string) =>
        until(async () => {
          const [row] = await product.db.sql<{ id: string; gateway_refund_id: string }>(
            `select id, gateway_refund_id from refund where customer_id = $1 and status = $2`,
            [order.customerId, status],
          );
          return row;
        });
      const credit = async () =>
        (
          await product.db.sql<{ total: string }>(
            `select coalesce(sum(amount_minor), 0) as total from ledger_entry where customer_id = $1 and account = 'credit_balance'`,
            [order.customerId],
          )
        )[0]!.total;
      const first = await refunded('succeeded');
      expect(await credit()).toBe('0');
      await product.vendors[gateway].call('POST', `/refunds/${first.gateway_refund_id}${turn}`, { status: 'failed' });
      await refunded('failed');
      expect(await credit()).toBe('-2900');

      const incident = await until(async () => {
        const [row] = await product.db.sql<{ id: string; reason: string }>(
          `select id, reason from incident where workflow_id = $1 and status = 'open'`,
          [`refund/${first.id}/1`],
        );
        return row;
      });
      expect(incident.reason).toBe('RefundFailed');
      expect(await staff.call('POST', `/incidents/${incident.id}/decisions`, { action: 'retry' })).toMatchObject({
        status: 200,
      });
      const second = await refunded('succeeded');
      expect(second.gateway_refund_id).not.toBe(first.gateway_refund_id);
      expect(await credit()).toBe('0');
      expect(await product.db.sql(`select kind from staff_task where customer_id = $1`, [order.customerId])).toEqual([
        { kind: 'duplicate_payment' },
      ]);
    },
    60_000,
  );
});
