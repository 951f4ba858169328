import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrm, type Orm } from '#db/orm.ts';
import { addOrder } from '#db/testing/seed.ts';
import { openProduct, until, type Product } from '../harness/product.ts';

describe('while no API is running', () => {
  let product: Product;
  let owner: Orm;
  beforeAll(async () => {
    product = await openProduct('without_api');
    await product.startWorker();
    owner = await openOrm(product.db.ownerUrl, 2);
  }, 60_000);
  afterAll(async () => {
    await owner?.close(true);
    await product?.close();
  }, 60_000);

  it('an order that was placed becomes a live service, and the workflow that keeps its subscription is started', async () => {
    const { orderId } = await addOrder(owner, { at: new Date(), gateway: 'recorded' });
    await until(
      async () => (await product.db.sql(`select from "order" where id = $1 and status = 'active'`, [orderId])).length,
    );
    await until(async () => (await product.db.sql('select from command_outbox where sent_at is null')).length === 0);
    const sent = await product.db.sql<{ kind: string; name: string; workflow_id: string; tries: number }>(
      'select kind, name, workflow_id, tries from command_outbox order by created_at',
    );
    expect(sent).toEqual([
      { kind: 'start', name: 'fulfillOrder', workflow_id: `order/${orderId}`, tries: 1 },
      { kind: 'start', name: 'keepSubscription', workflow_id: expect.stringMatching(/^subscription\//), tries: 1 },
    ]);
    const kept = await product.temporal.workflow.getHandle(sent[1]!.workflow_id).describe();
    expect(kept.status.name).toBe('RUNNING');
  }, 60_000);
});
