/** The pages a buyer sees, and what their buttons do. Plain HTML, nothing from elsewhere. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import { page, returnTo } from './page.ts';
import { showOrder, takeMoney } from './payments.ts';
import { missing } from './wire.ts';
import { newId, type Machine, type OrderPlan, type OrderRow } from './world.ts';

/** What each button does to the order; every one but cancel approves it. */
const PLANS: Record<string, OrderPlan> = {
  pay: {},
  'pay-twice': {},
  'pay-later': { capture: 'PENDING', reason: 'PENDING_REVIEW' },
  decline: { refuse: 'INSTRUMENT_DECLINED' },
};

const BUTTONS: [action: string, label: string][] = [
  ['pay', 'Pay now'],
  ['pay-later', 'Pay, but PayPal reviews the payment'],
  ['decline', 'Pay with a method that is declined'],
  ['pay-twice', 'Pay twice'],
  ['cancel', 'Cancel and return to the shop'],
];

export function pageRoutes(app: Hono<{ Bindings: HttpBindings }>, machine: Machine) {
  const { world, emit, base } = machine;

  app.get('/checkoutnow', (c) => {
    const order = world.order(c.req.query('token') ?? '');
    if (!order) return page(c, 'PayPal', html`<h1>This payment page has expired.</h1>`, 404);
    if (order.capture) return page(c, 'PayPal', html`<h1>This order has been paid already.</h1>`);
    const buttons = BUTTONS.map(
      ([action, label]) =>
        html`<button name="token" value="${order.id}" formaction="/checkoutnow/${action}">${label}</button>`,
    );
    return page(
      c,
      'Pay with PayPal',
      html`<h1>${order.brandName ?? 'PayPal'}</h1>
        <p>${order.description ?? ''}</p>
        <p class="amount">${order.amount.value} ${order.amount.currency_code}</p>
        <p>Signed in as ${order.email}</p>
        <form method="post">${buttons}</form>`,
    );
  });

  app.post('/checkoutnow/:action', async (c) => {
    const { token } = await c.req.parseBody();
    const order = world.order(String(token ?? c.req.query('token') ?? ''));
    const action = c.req.param('action');
    const plan = PLANS[action];
    if (!order || (!plan && action !== 'cancel')) throw missing();
    if (!plan) return c.redirect(returnTo(base(), order.cancelUrl, { token: order.id }), 303);
    if (!order.capture) {
      const approved = approve(order, plan);
      if (action === 'pay-twice') payAgain(approved);
    }
    const payer = showOrder(machine, world.order(order.id) ?? order).payer?.payer_id ?? '';
    return c.redirect(returnTo(base(), order.returnUrl, { token: order.id, PayerID: payer }), 303);
  });

  const approve = (order: OrderRow, plan: OrderPlan): OrderRow => {
    const planned = { ...order.plan, refuse: undefined, ...plan };
    const approved = world.save({ ...order, status: 'APPROVED', approvedAt: world.at(), plan: planned });
    emit('CHECKOUT.ORDER.APPROVED', 'checkout-order', showOrder(machine, approved), 'An order has been approved.');
    return approved;
  };

  /** The same buyer pays a second order for the same thing, as if the account did not block equal invoice numbers. */
  const payAgain = (order: OrderRow) => {
    const invoiceId = order.invoiceId === undefined ? undefined : `${order.invoiceId}/2`;
    takeMoney(
      machine,
      { ...order, id: newId(), invoiceId, wantsVault: false },
      { status: 'COMPLETED', reason: undefined },
    );
  };

  app.get('/thank-you', (c) => page(c, 'PayPal', html`<h1>Thank you.</h1>`));
}
