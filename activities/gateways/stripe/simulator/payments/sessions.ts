/** `/v1/checkout/sessions`: made and closed here; paid on the hosted page of `pay.ts`. */
import { Hono } from 'hono';
import { createSetupIntent } from '../methods/set-ups.ts';
import { checkAmount } from './charging.ts';
import { readCustomer } from './customers.ts';
import { allow, intOf, listOf, metadataOf, objectOf, required, textOf, type Params } from '../form.ts';
import { missing, StripeFault } from '../fault.ts';
import { bodyOf, expandOf, page, queryOf } from '../listing.ts';
import type { Session, World } from '../world.ts';

const CREATE = `mode ui_mode customer customer_email client_reference_id metadata allowed_payment_method_types success_url
  cancel_url expires_at expand locale`;
/** What only one of the modes takes. */
const OF_MODE = { payment: 'line_items payment_intent_data adaptive_pricing', setup: 'setup_intent_data currency' };
const DAY = 86_400;

export function readSession(world: World, id: string): Session {
  const session = world.cs.get(id);
  if (!session) throw missing('checkout.session', id, 'session');
  return expireIfDue(world, session);
}

function expireIfDue(world: World, session: Session): Session {
  return session.status === 'open' && session.expires_at <= world.seconds() ? expire(world, session) : session;
}

function expire(world: World, session: Session): Session {
  const expired = world.cs.set(session.id, { ...session, status: 'expired', url: null });
  world.emit('checkout.session.expired', expired);
  return expired;
}

/** @param pageUrl  where the hosted page of a session is */
export function sessionRoutes(world: World, pageUrl: (id: string, requestUrl: string) => string) {
  const app = new Hono();

  const ofSetUp = (params: Params, customer: string | null): OfMode => {
    if (!textOf(params, 'currency')) required(params['allowed_payment_method_types'], 'currency');
    const data = objectOf(params, 'setup_intent_data');
    allow(data, 'metadata description on_behalf_of');
    const description = textOf(data, 'description') ?? null;
    const metadata = metadataOf(data);
    return {
      payment_status: 'no_payment_required',
      amount_subtotal: null,
      amount_total: null,
      currency: textOf(params, 'currency') ?? null,
      payment_intent: null,
      setup_intent: createSetupIntent(world, { customer, description, metadata }).id,
      adaptive_pricing: { enabled: false },
      sim: { title: description ?? '', intent: { metadata, description, setup_future_usage: null } },
    };
  };

  app.post('/v1/checkout/sessions', async (c) => {
    const params = await bodyOf(c);
    const mode = textOf(params, 'mode');
    if (mode !== 'payment' && mode !== 'setup') throw invalid('mode', 'Only payment and setup are simulated.');
    allow(params, `${CREATE.replace(/\s+/g, ' ')} ${OF_MODE[mode]}`);
    const uiMode = textOf(params, 'ui_mode') ?? 'hosted_page';
    if (uiMode !== 'hosted_page')
      throw invalid('ui_mode', `Invalid ui_mode: must be one of hosted_page; got ${uiMode}`);
    const customer = textOf(params, 'customer') ?? null;
    const { email = null, name = null } = customer ? readCustomer(world, customer, 'customer', 400) : {};
    const types = listOf(params, 'allowed_payment_method_types').map(String);
    const base = world.base('cs_test', 'checkout.session', metadataOf(params));
    const session = world.cs.set(base.id, {
      ...base,
      mode,
      ui_mode: uiMode,
      status: 'open',
      url: pageUrl(base.id, c.req.url),
      expires_at: readExpiry(params, base.created),
      customer,
      customer_details: { email: email ?? textOf(params, 'customer_email') ?? null, name },
      client_reference_id: textOf(params, 'client_reference_id') ?? null,
      success_url: absolute(required(textOf(params, 'success_url'), 'success_url'), 'success_url'),
      cancel_url: textOf(params, 'cancel_url') ?? null,
      allowed_payment_method_types: types.length ? types : null,
      ...(mode === 'payment' ? ofPayment(params) : ofSetUp(params, customer)),
    });
    return c.json(world.show(session, expandOf(params)));
  });

  app.get('/v1/checkout/sessions', (c) => {
    const params = queryOf(c);
    allow(params, 'customer payment_intent status created limit starting_after expand');
    const [customer, intent, status] = ['customer', 'payment_intent', 'status'].map((name) => textOf(params, name));
    const rows = world.cs
      .all()
      .map((row) => expireIfDue(world, row))
      .filter((row) => !customer || row.customer === customer)
      .filter((row) => !intent || row.payment_intent === intent)
      .filter((row) => !status || row.status === status);
    return page(c, world, rows, params);
  });

  app.get('/v1/checkout/sessions/:id', (c) =>
    c.json(world.show(readSession(world, c.req.param('id')), expandOf(queryOf(c)))),
  );

  app.post('/v1/checkout/sessions/:id/expire', async (c) => {
    const session = readSession(world, c.req.param('id'));
    if (session.status !== 'open') {
      const message = `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`;
      throw new StripeFault(400, { message });
    }
    return c.json(world.show(expire(world, session), expandOf(await bodyOf(c))));
  });

  return {
    app,
    next: () => world.earliest(world.cs.all().flatMap((row) => (row.status === 'open' ? row.expires_at : []))),
    /** Closes every page whose time has come. */
    tick() {
      for (const session of world.cs.all()) expireIfDue(world, session);
    },
  };
}

type OfMode = Pick<
  Session,
  | 'payment_status'
  | 'amount_subtotal'
  | 'amount_total'
  | 'currency'
  | 'payment_intent'
  | 'setup_intent'
  | 'adaptive_pricing'
  | 'sim'
>;

function ofPayment(params: Params): OfMode {
  const { amount, currency, title } = readLine(params);
  const data = objectOf(params, 'payment_intent_data');
  allow(data, 'metadata description setup_future_usage statement_descriptor_suffix receipt_email');
  return {
    payment_status: 'unpaid',
    amount_subtotal: amount,
    amount_total: amount,
    currency,
    payment_intent: null,
    setup_intent: null,
    adaptive_pricing: { enabled: textOf(objectOf(params, 'adaptive_pricing'), 'enabled') !== 'false' },
    sim: {
      title,
      intent: {
        metadata: metadataOf(data),
        description: textOf(data, 'description') ?? null,
        setup_future_usage: textOf(data, 'setup_future_usage') ?? null,
      },
    },
  };
}

function readLine(params: Params): { amount: number; currency: string; title: string } {
  const [line, ...more] = listOf(params, 'line_items');
  if (!line || typeof line === 'string' || more.length) throw invalid('line_items', 'One line item is simulated.');
  const price = objectOf(line, 'price_data');
  const currency = required(textOf(price, 'currency'), 'line_items[0][price_data][currency]');
  const unit = required(intOf(price, 'unit_amount'), 'line_items[0][price_data][unit_amount]');
  const amount = unit * (intOf(line, 'quantity') ?? 1);
  checkAmount(amount, currency, 'line_items[0][price_data][unit_amount]');
  const title = required(
    textOf(objectOf(price, 'product_data'), 'name'),
    'line_items[0][price_data][product_data][name]',
  );
  return { amount, currency, title };
}

/** 30 minutes to 24 hours from now. */
function readExpiry(params: Params, now: number): number {
  const at = intOf(params, 'expires_at') ?? now + DAY;
  if (at < now + 1_800 || at > now + DAY) {
    throw invalid('expires_at', 'The `expires_at` timestamp must be between 30 minutes and 24 hours from now.');
  }
  return at;
}

function absolute(url: string, param: string): string {
  if (!/^https?:\/\//.test(url)) throw invalid(param, 'Not a valid URL');
  return url;
}

const invalid = (param: string, message: string) => new StripeFault(400, { param, message });
