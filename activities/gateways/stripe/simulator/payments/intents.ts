/** `/v1/payment_intents`. */
import { Hono } from 'hono';
import { cardByName } from './cards.ts';
import { attemptPayment, checkAmount, createIntent, type Attempt } from './charging.ts';
import { createCardMethod, readCustomer, readMethod } from './customers.ts';
import { allow, boolOf, intOf, metadataOf, required, textOf, type Params } from '../form.ts';
import { missing, StripeFault } from '../fault.ts';
import { bodyOf, expandOf, page, queryOf } from '../listing.ts';
import type { PaymentIntent, PaymentMethod, World } from '../world.ts';

const CREATE = `amount currency customer payment_method confirm off_session automatic_payment_methods description metadata
  expand statement_descriptor_suffix setup_future_usage return_url receipt_email`;

export function readIntent(world: World, id: string): PaymentIntent {
  const intent = world.pi.get(id);
  if (!intent) throw missing('payment_intent', id, 'intent');
  return intent;
}

export function intentRoutes(world: World) {
  const app = new Hono();

  /** Attached to the customer of the payment, or a test name. */
  const usableMethod = (id: string, customer: string | null): PaymentMethod => {
    const card = cardByName(id);
    if (card) return createCardMethod(world, card);
    const method = readMethod(world, id, 'payment_method', 400);
    if (method.customer === customer) return method;
    const message = method.customer
      ? 'The provided PaymentMethod cannot be used: it belongs to another Customer.'
      : 'The provided PaymentMethod was previously used or detached and may not be used again.';
    throw new StripeFault(400, { code: 'payment_method_unexpected_state', param: 'payment_method', message });
  };

  const confirm = (intent: PaymentIntent, params: Params): Attempt => {
    if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)) {
      throw unexpected(intent, 'confirm');
    }
    const id = textOf(params, 'payment_method') ?? intent.payment_method;
    if (!id) {
      throw new StripeFault(400, {
        ...unexpected(intent, 'confirm').error,
        message: 'A payment method is required to confirm.',
      });
    }
    const offSession = boolOf(params, 'off_session');
    return attemptPayment(world, intent, usableMethod(id, intent.customer), { offSession });
  };

  const answer = (attempt: Attempt, expand: string[]) => {
    if (attempt.result === 'declined') {
      throw new StripeFault(402, { ...attempt.error, payment_intent: world.show(attempt.intent) });
    }
    return world.show(attempt.intent, expand);
  };

  app.post('/v1/payment_intents', async (c) => {
    const params = await bodyOf(c);
    allow(params, CREATE.replace(/\s+/g, ' '));
    const amount = required(intOf(params, 'amount'), 'amount');
    const currency = required(textOf(params, 'currency'), 'currency');
    checkAmount(amount, currency);
    if (textOf(params, 'off_session') && !boolOf(params, 'confirm')) {
      throw new StripeFault(400, {
        param: 'off_session',
        message: 'off_session can only be used together with confirm=true.',
      });
    }
    const customer = textOf(params, 'customer') ?? null;
    if (customer) readCustomer(world, customer, 'customer', 400);
    const method = textOf(params, 'payment_method');
    const intent = createIntent(world, {
      amount,
      currency,
      customer,
      metadata: metadataOf(params),
      description: textOf(params, 'description') ?? null,
      payment_method: method ? usableMethod(method, customer).id : null,
      setup_future_usage: textOf(params, 'setup_future_usage') ?? null,
    });
    const expand = expandOf(params);
    return c.json(boolOf(params, 'confirm') ? answer(confirm(intent, params), expand) : world.show(intent, expand));
  });

  app.get('/v1/payment_intents', (c) => {
    const params = queryOf(c);
    allow(params, 'customer created limit starting_after expand');
    const customer = textOf(params, 'customer');
    return page(
      c,
      world,
      world.pi.all().filter((row) => !customer || row.customer === customer),
      params,
    );
  });

  app.get('/v1/payment_intents/:id', (c) =>
    c.json(world.show(readIntent(world, c.req.param('id')), expandOf(queryOf(c)))),
  );

  app.post('/v1/payment_intents/:id/confirm', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'payment_method off_session expand return_url mandate_data setup_future_usage');
    return c.json(answer(confirm(readIntent(world, c.req.param('id')), params), expandOf(params)));
  });

  app.post('/v1/payment_intents/:id/cancel', async (c) => {
    const params = await bodyOf(c);
    allow(params, 'cancellation_reason expand');
    const intent = readIntent(world, c.req.param('id'));
    if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)) {
      throw unexpected(intent, 'cancel');
    }
    const reason = textOf(params, 'cancellation_reason') ?? null;
    const canceled = world.pi.set(intent.id, { ...intent, status: 'canceled', cancellation_reason: reason });
    world.emit('payment_intent.canceled', canceled);
    return c.json(world.show(canceled, expandOf(params)));
  });

  app.get('/v1/charges/:id', (c) => {
    const charge = world.ch.get(c.req.param('id'));
    if (!charge) throw missing('charge', c.req.param('id'));
    return c.json(world.show(charge, expandOf(queryOf(c))));
  });

  app.get('/v1/charges', (c) => {
    const params = queryOf(c);
    allow(params, 'customer payment_intent created limit starting_after expand');
    const intent = textOf(params, 'payment_intent');
    return page(
      c,
      world,
      world.ch.all().filter((row) => !intent || row.payment_intent === intent),
      params,
    );
  });

  return app;

  function unexpected(intent: PaymentIntent, action: string): StripeFault {
    return new StripeFault(400, {
      code: 'payment_intent_unexpected_state',
      message: `You cannot ${action} this PaymentIntent because it has a status of ${intent.status}.`,
      payment_intent: world.show(intent),
    });
  }
}
