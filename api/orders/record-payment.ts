import { z } from '@hono/zod-openapi';
import { asStaff } from '#db/acting.ts';
import { signalLater } from '#db/messages/outbox.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import type { Em } from '#db/orm.ts';
import { referenceKey } from '#domain/money/payment-reference.ts';
import { orderWorkflow, SIGNALS } from '#domain/workflows/workflow-ids.ts';
import { Id, json } from '../contracts/common.ts';
import { OrderView, RecordPayment, RequiredKey } from '../contracts/orders.ts';
import { auditRequest, type ApiContext, type Parts } from '../http/context.ts';
import { once } from '../http/idempotency.ts';
import { notFound, Problem } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';
import { temporalUi } from '../messages/temporal-links.ts';
import { readOrder } from './read-order.ts';
import { claimPaymentReference } from './write-provision.ts';

const record = createRoute({
  method: 'post',
  path: '/orders/{id}/payments',
  access: { actor: 'staff', permission: 'payments.record' },
  summary: 'Record a bank transfer of all that is due. The payment page at the gateway is closed before it is booked',
  request: {
    params: z.strictObject({ id: Id }),
    headers: RequiredKey,
    body: { required: true, content: json(RecordPayment) },
  },
  responses: {
    201: {
      description: 'Recorded; it is booked once nobody can pay at the gateway any more',
      content: json(OrderView),
    },
    404: { description: 'No such order' },
    409: { description: 'The order waits for no payment, or the transfer is recorded already' },
  },
});

export const recordPaymentRoutes = ({ orm, config }: Pick<Parts, 'orm' | 'config'>) => {
  const ui = temporalUi(config);
  return router().openapi(record, async (c) => {
    const { id } = c.req.valid('param');
    const { payment_reference: paymentReference } = c.req.valid('json');
    await asStaff(orm, (em) =>
      once(c, em, async () => {
        await recordPayment(c, em, id, paymentReference);
        return { id };
      }),
    );
    const order = await asStaff(orm, (em) => readOrder(em, { id, audience: 'staff', asOf: c.get('asOf'), ui }));
    return c.json(order!, 201);
  });
};

/** Writes that the transfer is there, and tells the order. @throws Problem 404, 409 */
async function recordPayment(c: ApiContext, em: Em, id: string, paymentReference: string): Promise<void> {
  const asOf = c.get('asOf');
  await claimPaymentReference(em, paymentReference);
  // Whoever books for it writes this row too, so one of the two sees the other.
  const [order] = await em.execute<{ reference: string; customer_id: string; waits: boolean }[]>(
    `select reference, customer_id, status = 'awaiting_payment' and gateway <> 'recorded' and payment_recorded_at is null as waits
     from "order" where id = ? for update`,
    [id],
  );
  if (!order) throw notFound('order');
  if (!order.waits) {
    throw new Problem(
      409,
      'order_waits_for_no_payment',
      `Order ${order.reference} waits for no payment, or one is recorded. Look at the order; what came beside that is sent back or becomes credit.`,
    );
  }
  await em.execute(
    `update "order" set payment_recorded_at = ?, payment_reference_key = ?,
       wishes = wishes || jsonb_build_object('paymentReference', ?::text) where id = ?`,
    [asOf, referenceKey(paymentReference), paymentReference, id],
  );
  const customerId = order.customer_id;
  const text = `Transfer ${paymentReference} recorded; the payment page is closed before it is booked`;
  addOrderEvent(em, { id, customerId }, { key: 'transfer', kind: 'staff_transfer', text }, asOf);
  auditRequest(c, em, {
    action: 'payment.recorded',
    object: { type: 'order', id },
    customerId,
    after: { paymentReference },
  });
  signalLater(em, { workflowId: orderWorkflow(id), signal: SIGNALS.paymentRecorded, args: [], key: 'transfer' }, asOf);
}
