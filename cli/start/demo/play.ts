import { setTimeout as pause } from 'node:timers/promises';
import type { OrderView } from '#api/contracts/orders.ts';
import { panelClient } from '#activities/panels/nextpanel/simulator/license-client.ts';
import { ask, type Api } from '#cli/commands/api.ts';
import type { ReadyContext } from '../ready-context.ts';
import type { Settings } from '../environment.ts';
import { StoryFailed } from './failed.ts';
import { panelKey, type SandboxNode } from './sandbox.ts';
import { newShopper, orderCheapest, type Shopper } from './shopper.ts';
import { accountsOn, deliveriesOf, mailsTo, payOn } from './vendors.ts';

/** Longer than any step takes, even where the machine is new and busy. */
const STEP_MS = 60_000;
const LOOK_MS = 50;
/** How often it is asked why something has not come yet. */
const WHY_MS = 3_000;
const FEATURE = 'create_database';

/**
 * A customer orders, pays on the hosted page, and gets an account: once, for real, through the public API. Each line
 * is printed when it has happened, with the time it happened at since the order was placed.
 * @throws StoryFailed saying which step did not come, and where to look
 */
export async function playFirstOrder(context: ReadyContext, staff: Api, node: SandboxNode): Promise<void> {
  const { addresses, settings, progress, signal } = context;
  const { origin } = new URL(addresses.portal!);
  const key = await panelKey(staff, settings, node);
  const shopper = await newShopper(origin, (email) => confirmationLink(context, email));
  const placed = await orderCheapest(shopper);
  const orderedAt = Date.parse(placed.placed_at);
  const tell = (name: string, text: string, at: string | number) =>
    progress.good(name, text, `+${((new Date(at).getTime() - orderedAt) / 1000).toFixed(2)} s`);

  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    const began = Date.now();
    for (let asked = began; ; await pause(LOOK_MS, undefined, { signal })) {
      const found = await look();
      if (found !== undefined) return found;
      const now = Date.now();
      if (now - asked > WHY_MS) {
        asked = now;
        await assertGoesOn(what, staff, placed, settings);
      }
      if (now - began > STEP_MS)
        throw new StoryFailed(`${what} did not come within ${STEP_MS / 1000} s.`, where(placed, settings));
    }
  };
  const order = () => ask(shopper.api.orders[':id'].$get({ param: { id: placed.id } }));
  /** Until the order's story tells of it. */
  const happened = (what: string, kind: string) =>
    until(what, async () => (await order()).story.happened.find((event) => event.kind === kind));

  tell('order', placed.story.happened[0]!.text, placed.placed_at);
  const opened = await happened('the payment page', 'checkout');
  const page = await until('the payment page', async () => (await order()).checkout_url ?? undefined);
  tell('checkout', `${opened.text}: ${new URL(page).host}`, opened.at);

  const before = new Set((await deliveriesOf(addresses.stripe!)).map(({ eventId }) => eventId));
  await payOn(page);
  const event = await until('the payment webhook', async () =>
    (await deliveriesOf(addresses.stripe!)).find(
      ({ eventId, type, delivered }) => delivered && type === 'checkout.session.completed' && !before.has(eventId),
    ),
  );
  tell('webhook', `${event.type}, signed; we answered ${event.lastStatus}`, event.triedAt!);
  const paid = await happened('the invoice to be paid', 'paid');
  tell('invoice', paid.text, paid.at);

  const chosen = await happened('a node', 'node_chosen');
  const { node: chosenNode } = (await order()).service!;
  tell('node', `${chosenNode} chosen, and a place on it taken`, chosen.at);
  const license = await until('the license', () => licenseOf(shopper));
  const quotas = Object.entries(license.quotas).map(
    ([feature, quota]) => `${quota === -1 ? 'all' : quota} ${feature.replace('create_', '')}${quota === 1 ? '' : 's'}`,
  );
  tell('license', `${license.key_hint} issued: ${quotas.join(', ')}`, license.issued_at);

  const account = await happened('the panel account', 'account');
  const { username } = (await order()).service!;
  const accounts = (await accountsOn(addresses.nextpanel!)).filter(
    (one) => one.username === username && one.state === 'active',
  );
  if (accounts.length !== 1)
    throw new StoryFailed(`The panel has ${accounts.length} accounts ${username}, and not one.`);
  tell('account', account.text, account.at);

  await happened('the welcome mail', 'mail');
  const mail = await until('the welcome mail', async () =>
    (await mailsTo(addresses.mailbox!, shopper.email)).find(({ text }) => text.includes('/panel-password/')),
  );
  tell('mail', `"${mail.subject}" to ${shopper.email}`, mail.at);
  const active = await happened('the service to be active', 'active');
  tell('active', active.text, active.at);

  tell('validation', await validate(origin, key, shopper, license.id), Date.now());
  progress.line(`  ${origin}/orders/${placed.id} shows it; staff see it all, and what it did in Temporal.`);
}

/** What the new customer opens from his mailbox. */
async function confirmationLink({ addresses, signal }: ReadyContext, email: string): Promise<string> {
  for (const began = Date.now(); Date.now() - began < STEP_MS; await pause(LOOK_MS, undefined, { signal })) {
    const [mail] = await mailsTo(addresses.mailbox!, email);
    const [, token] = /\/account\/([\w-]{43})/.exec(mail?.text ?? '') ?? [];
    if (token) return token;
  }
  throw new StoryFailed(`The mail that confirms the address did not come within ${STEP_MS / 1000} s.`, [
    'The worker sends it: see the end of its log, and the workflow account/… in the Temporal pages.',
  ]);
}

const licenseOf = async ({ api }: Shopper) => (await ask(api.licenses.$get({ query: {} }))).licenses[0];

/** As the panel asks before its user makes a database. */
async function validate(origin: string, key: { keyId: string; secret: string }, { api }: Shopper, id: string) {
  const { key: licenseKey } = await ask(api.licenses[':id'].reveal.$post({ param: { id } }));
  const panel = panelClient({ billingUrl: origin, panelId: key.keyId, secret: key.secret });
  const asked = performance.now();
  const { status, body } = await panel.validate({ licenseKey, feature: FEATURE });
  const took = performance.now() - asked;
  if (status !== 200 || body?.valid !== true) {
    throw new StoryFailed(`The license was not accepted: ${status} ${body?.error ?? 'without a reason'}.`, [
      'hostwright diagnose <license key> says which check did not pass.',
    ]);
  }
  return `the panel asks for ${FEATURE}: yes, ${body.remaining_quota} left, answered in ${took.toFixed(0)} ms`;
}

/** @throws StoryFailed when a step waits for a decision, with its reason */
async function assertGoesOn(what: string, staff: Api, order: OrderView, settings: Settings): Promise<void> {
  const { incidents } = await ask(staff.incidents.$get({ query: { order_id: order.id, status: 'open' } }));
  const [incident] = incidents;
  if (!incident) return;
  const { message } = await ask(staff.incidents[':id'].$get({ param: { id: incident.id } }));
  throw new StoryFailed(`${what} did not come: the step ${incident.step} waits for a decision. ${message}`, [
    `npm run hostwright -- incidents show ${incident.id}`,
    ...where(order, settings),
  ]);
}

const where = ({ id, reference }: OrderView, { data }: Settings): string[] => [
  `Order ${reference}: its workflow is order/${id} in the Temporal pages.`,
  `Logs: ${data}/logs/worker.log, api.log, and those of the simulators.`,
];
