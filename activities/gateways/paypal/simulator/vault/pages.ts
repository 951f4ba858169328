/** The page on which a buyer agrees to a wallet being kept, and what its buttons do. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import { page, returnTo } from '../page.ts';
import { missing } from '../wire.ts';
import type { Machine, SetupRow } from '../world.ts';

/** What each button does to the setup token. */
const ANSWERS: Record<string, Partial<SetupRow>> = {
  agree: { status: 'APPROVED', refuse: undefined },
  decline: { status: 'APPROVED', refuse: 'PAYMENT_SOURCE_CANNOT_BE_USED' },
};

const BUTTONS: [action: string, label: string][] = [
  ['agree', 'Agree and save'],
  ['decline', 'Agree with an account that PayPal does not accept'],
  ['cancel', 'Cancel and return to the shop'],
];

export function agreementRoutes(app: Hono<{ Bindings: HttpBindings }>, { world, base }: Machine) {
  app.get('/agreements/approve', (c) => {
    const setup = world.setup(c.req.query('approval_session_id') ?? '');
    if (!setup) return page(c, 'PayPal', html`<h1>This page has expired.</h1>`, 404);
    if (setup.status === 'VAULTED') return page(c, 'PayPal', html`<h1>This was saved already.</h1>`);
    const buttons = BUTTONS.map(
      ([action, label]) =>
        html`<button name="id" value="${setup.id}" formaction="/agreements/${action}">${label}</button>`,
    );
    return page(
      c,
      'Save PayPal',
      html`<h1>${setup.brandName ?? 'PayPal'}</h1>
        <p>${setup.description ?? ''}</p>
        <p class="amount">Save PayPal for later payments?</p>
        <p>Signed in as ${setup.email}</p>
        <form method="post">${buttons}</form>`,
    );
  });

  app.post('/agreements/:action', async (c) => {
    const { id, email } = await c.req.parseBody();
    const setup = world.setup(String(id));
    const action = c.req.param('action');
    const answer = ANSWERS[action];
    if (!setup || (!answer && action !== 'cancel')) throw missing();
    if (answer && setup.status !== 'VAULTED') {
      const payer = typeof email === 'string' ? { email } : {};
      world.setups.set(setup.id, { ...setup, ...answer, ...payer, approvedAt: world.at() });
    }
    const to = answer ? setup.returnUrl : setup.cancelUrl;
    return c.redirect(returnTo(base(), to, { approval_token_id: setup.id }), 303);
  });
}
