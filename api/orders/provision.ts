import { asStaff } from '#db/acting.ts';
import { actedBy, auditRequest, type Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import { OrderView, Provision, RequiredKey } from '../contracts/orders.ts';
import { once } from '../http/idempotency.ts';
import { placeOrder } from '#db/orders/place-order.ts';
import { assertWishes, claimPaymentReference, explainSoldOut, findOrAddCustomer } from './write-provision.ts';
import { placedOrRefused, shopOf } from './shop.ts';
import { readOrder } from './read-order.ts';
import { createRoute, router } from '../http/router.ts';
import { temporalUi } from '../messages/temporal-links.ts';

const provision = createRoute({
  method: 'post',
  path: '/provision',
  access: { actor: 'staff', permission: 'payments.record' },
  summary: 'Sell without a gateway: staff record the payment, and the order goes on as any paid one',
  request: { headers: RequiredKey, body: { required: true, content: json(Provision) } },
  responses: {
    201: { description: 'Placed as paid; watch the order until it is active', content: json(OrderView) },
    409: {
      description:
        'The transfer is recorded already, the name is taken, the currency is another, or the plan is sold out',
    },
    422: { description: 'Not on offer, or no such node' },
  },
});

/** What `hostwright provision` and each row of its CSV call. */
export const provisionRoutes = ({ orm, config }: Pick<Parts, 'orm' | 'config'>) => {
  const shop = shopOf(config);
  const ui = temporalUi(config);
  return router().openapi(provision, async (c) => {
    const { customer: buyer, plan, cycle, currency, ...asked } = c.req.valid('json');
    const wishes = {
      paymentReference: asked.payment_reference,
      ...(asked.node_id && { nodeId: asked.node_id }),
      ...(asked.username && { username: asked.username }),
    };
    const asOf = c.get('asOf');
    const { id } = await asStaff(orm, (em) =>
      once(c, em, async () => {
        await claimPaymentReference(em, wishes.paymentReference);
        await assertWishes(em, wishes);
        const customer = await findOrAddCustomer(em, buyer, asOf);
        if (customer.added) {
          const object = { type: 'customer', id: customer.id };
          auditRequest(c, em, { action: 'customer.added', object, customerId: customer.id });
        }
        const order = { customerId: customer.id, plan, cycle, currency, gateway: 'recorded' as const, wishes };
        const outcome = await placeOrder(em, order, actedBy(c), shop, asOf);
        const placed = placedOrRefused(outcome, await explainSoldOut(em, outcome, wishes));
        auditRequest(c, em, {
          action: 'payment.recorded',
          object: { type: 'order', id: placed.order.id },
          customerId: customer.id,
          after: { paymentReference: wishes.paymentReference },
        });
        return { id: placed.order.id };
      }),
    );
    const order = await asStaff(orm, (em) => readOrder(em, { id, audience: 'staff', asOf, ui }));
    return c.json(order!, 201);
  });
};
