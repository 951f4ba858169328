/** The pages a buyer sees, and what their buttons do. Plain HTML, nothing from elsewhere. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { showOrder, takeMoney } from './payments.ts';
import { type Call, missing } from './wire.ts';
import { newId, type Machine, type OrderPlan, type OrderRow } from './world.ts';

const STYLE = `
  body { margin: 0; background: #f5f7fa; color: #1b2a41; font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 26rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 12px;
    box-shadow: 0 2px 12px #0001 }
  h1 { margin: 0 0 .25rem; font-size: 1.1rem } p { margin: .25rem 0 }
  .amount { margin: 1rem 0; font-size: 2rem; font-weight: 600 }
  form { display: grid; gap: .6rem; margin-top: 1.5rem }
  button { padding: .7rem; border: 1px solid #cbd5e1; border-radius: 8px; background: #fff; font: inherit; cursor: pointer }
  button:first-child { border-color: #0070ba; background: #0070ba; color: #fff; font-weight: 600 }
  small { display: block; margin-top: 1.5rem; color: #5a6b84 }
`;

const page = (c: Call, title: string, body: ReturnType<typeof html>, status: 200 | 404 = 200) => {
  c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
  c.header('cache-control', 'no-store');
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title}</title>
          <style>
            ${raw(STYLE)}
          </style>
        </head>
        <body>
          <main>${body}<small>Simulated PayPal: no money moves.</small></main>
        </body>
      </html>`,
    status,
  );
};

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
    if (!plan) return c.redirect(returnTo(order.cancelUrl, { token: order.id }), 303);
    if (!order.capture) {
      const approved = approve(order, plan);
      if (action === 'pay-twice') payAgain(approved);
    }
    const payer = showOrder(machine, world.order(order.id) ?? order).payer?.payer_id ?? '';
    return c.redirect(returnTo(order.returnUrl, { token: order.id, PayerID: payer }), 303);
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

  const returnTo = (address: string | undefined, more: Record<string, string>): string => {
    const url = new URL(address ?? `${base()}/thank-you`);
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    return url.toString();
  };
  app.get('/thank-you', (c) => page(c, 'PayPal', html`<h1>Thank you.</h1>`));

  app.get('/agreements/approve', (c) => {
    const setup = world.setups.get(c.req.query('approval_session_id') ?? '');
    if (!setup) return page(c, 'PayPal', html`<h1>This page has expired.</h1>`, 404);
    return page(
      c,
      'Save PayPal',
      html`<h1>Save PayPal for later payments?</h1>
        <p>Signed in as ${setup.email}</p>
        <form method="post">
          <button name="id" value="${setup.id}" formaction="/agreements/agree">Agree</button>
          <button name="id" value="${setup.id}" formaction="/agreements/cancel">Cancel</button>
        </form>`,
    );
  });
  app.post('/agreements/:action', async (c) => {
    const { id } = await c.req.parseBody();
    const setup = world.setups.get(String(id));
    if (!setup) throw missing();
    const agreed = c.req.param('action') === 'agree';
    if (agreed) world.setups.set(setup.id, { ...setup, status: 'APPROVED' });
    return c.redirect(returnTo(agreed ? setup.returnUrl : setup.cancelUrl, { approval_token_id: setup.id }), 303);
  });
}
