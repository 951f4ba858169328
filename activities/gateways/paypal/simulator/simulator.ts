/**
 * A PayPal to develop and test against: Orders v2, Payments v2, Vault v3, Webhooks v1, and the rest the adapter calls.
 *
 * The buyer's pages, for people and for programs (a form field or query parameter `token` names the order):
 *   GET  /checkoutnow?token=<order>   the page with its buttons
 *   POST /checkoutnow/pay             approves; answers 303 to the shop with `token` and `PayerID`
 *   POST /checkoutnow/pay-later       approves; the capture is PENDING until `/_sim/captures/:id/complete`
 *   POST /checkoutnow/decline         approves; captures are refused with INSTRUMENT_DECLINED until the buyer pays anew
 *   POST /checkoutnow/pay-twice       approves, and pays a second order for the same thing
 *   POST /checkoutnow/cancel          303 back to the shop; the order stays open
 *   GET  /agreements/approve?approval_session_id=<setup token>   the page on which a wallet is stored without a payment
 *   POST /agreements/agree            approves (form field `id`, and `email` of the PayPal account); 303 to the shop
 *   POST /agreements/decline          approves with an account that cannot be used: it becomes no payment token
 *   POST /agreements/cancel           303 back to the shop; the page stays open
 *
 * Control, besides `/_sim/faults`, `/_sim/calls`, `/_sim/clock`, `/_sim/state`, `/_sim/health`:
 *   PUT    /_sim/webhook-target       { url }
 *   GET    /_sim/trust                { hosts, roots }: what a verifier must be configured with
 *   GET    /_sim/webhooks             deliveries and how they went
 *   GET    /_sim/webhooks/waiting     those on their way
 *   POST   /_sim/webhooks/plan        { delayMs?, copies?, drop?, hold? }
 *   GET    /_sim/webhooks/held        POST /_sim/webhooks/release { eventIds? }: in this order, or all
 *   GET    /_sim/orders, /_sim/payments ?reference=<any part of custom_id, or invoice number>: { count, … }
 *   GET    /_sim/orders/:id           by the id of an order, capture or refund: the row as it is kept
 *   PUT    /_sim/orders/:id/plan      { refuse?, capture?, reason?, vault? }
 *   POST   /_sim/captures/:id/complete | decline | refund | reverse; POST /_sim/refunds/:id/fail
 *   POST   /_sim/disputes             { captureId, reason?, amount? }; POST /_sim/disputes/:id/resolve { outcome? }
 *   GET    /_sim/setups, /_sim/wallets ?customer=<ours>: { count, … }
 *   POST   /_sim/wallets              { behaviour?, email? }: a vaulted wallet
 *   PUT    /_sim/wallets/:id          { behaviour, from? }: what charges meet, from the nth on.
 *                                     Behaviour: COMPLETED, PENDING, DECLINED, PAYER_ACTION_REQUIRED or an issue code
 *   DELETE /_sim/wallets/:id          the buyer takes it away in their PayPal account
 *   PUT    /_sim/credentials          { clientId?, clientSecret?, lacks? }: others are refused from now on; `lacks` is the
 *                                     end of a scope that is not granted
 *   DELETE /_sim/tokens               good-looking tokens are answered 401 from now on
 *   POST   /_sim/broken-links         { times }: so many 2xx answers with a link that has no address
 * A failing sign-in is a fault on the path `/v1/oauth2/token`.
 */
import { createSimulator, frontPage } from '#activities/simulation/simulator.ts';
import { controlRoutes } from './control.ts';
import { openKeys } from './signing/keys.ts';
import { createNotifications, notificationRoutes } from './signing/notifications.ts';
import { orderRoutes } from './orders.ts';
import { pageRoutes } from './pages.ts';
import { reportingRoutes } from './reporting.ts';
import { signInRoutes } from './sign-in.ts';
import { agreementRoutes } from './vault/pages.ts';
import { tokenRoutes } from './vault/tokens.ts';
import { debugId, errorBody, Refusal } from './wire.ts';
import { openWorld } from './world.ts';

export interface PaypalSimulatorConfig {
  clientId: string;
  clientSecret: string;
  /** The id our registration has; part of every signature. */
  webhookId: string;
  /** Where events go; without it they wait until `/_sim/webhook-target` says. */
  webhookUrl?: string | undefined;
  /** Journal of everything, the signing key included; memory only without it. */
  stateFile?: string | undefined;
}

export function createPaypalSimulator({
  clientId,
  clientSecret,
  webhookId,
  webhookUrl,
  stateFile,
}: PaypalSimulatorConfig) {
  const simulator = createSimulator({ name: 'PayPal', errorBody: (status) => errorBody(status), stateFile });
  const { app, clock, faults, name } = simulator;
  const world = openWorld(simulator, { clientId, clientSecret, brokenLinks: 0 });
  frontPage(simulator, 'Its payment pages open from orders: place one in the portal.');
  if (webhookUrl) world.change({ webhookUrl });
  const keys = openKeys(simulator.collection('key'));
  const base = () => world.settings().origin ?? '';
  const parts = { simulator, world, keys, webhookId, base };
  const notifications = createNotifications(parts);
  const { emit, delivery } = notifications;
  const machine = { world, emit, base };

  app.onError((error, c) => {
    c.header('paypal-debug-id', debugId());
    if (!(error instanceof Refusal)) return c.json({ ...errorBody(500), message: error.message }, 500);
    return c.json(errorBody(error.status, error.issue, error.field), error.status as 400);
  });
  app.notFound((c) => c.json(errorBody(404), 404));
  signInRoutes(app, world);
  orderRoutes(app, machine);
  tokenRoutes(app, machine);
  notificationRoutes(app, parts, notifications);
  reportingRoutes(app, machine);
  pageRoutes(app, machine);
  agreementRoutes(app, machine);
  controlRoutes(app, { machine, notifications, keys });

  return { name, app, clock, faults, delivery, stop: () => delivery.stop() };
}
export type PaypalSimulator = ReturnType<typeof createPaypalSimulator>;
