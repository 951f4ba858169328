/** Orders, captures and refunds over HTTP. Source: Orders v2, Payments v2. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { captureOrder, refundCapture, showOrder, takeMoney } from './payments.ts';
import { meetWallet } from './vault/wallets.ts';
import { captureView, refundView } from './views.ts';
import {
  answer,
  cents,
  jsonBody,
  list,
  missing,
  moneyOf,
  object,
  obeyMockHeader,
  Refusal,
  requestIdOf,
  shortText,
  text,
  unprocessable,
  type Json,
} from './wire.ts';
import { newId, type Machine, type OrderRow, type World } from './world.ts';

export function orderRoutes(app: Hono<{ Bindings: HttpBindings }>, machine: Machine) {
  const { world, base } = machine;
  const find = (id: string) => {
    const order = world.order(id);
    if (!order) throw missing();
    return order;
  };

  app.post('/v2/checkout/orders', async (c) => {
    const requestId = requestIdOf(c);
    const body = await jsonBody(c);
    // A repeat answers with the order as it is now, whatever it asks for this time.
    const known = world.order(world.remembered('order', '', requestId) ?? '');
    if (known) return answer(c, world, showOrder(machine, known), 200);
    obeyMockHeader(c);
    const order = readOrder(world, body);
    const wallet = object(object(body['payment_source'])['paypal']);
    const vaultId = text(wallet['vault_id']);
    if (vaultId === undefined) {
      world.remember('order', '', requestId, order.id);
      return answer(c, world, showOrder(machine, world.save(order)), 201);
    }
    if (requestId === undefined) throw new Refusal(400, 'PAYPAL_REQUEST_ID_REQUIRED');
    return answer(c, world, showOrder(machine, chargeWallet(machine, order, vaultId, requestId)), 201);
  });

  app.get('/v2/checkout/orders/:id', (c) => answer(c, world, showOrder(machine, find(c.req.param('id'))), 200));

  app.post('/v2/checkout/orders/:id/capture', async (c) => {
    const requestId = requestIdOf(c);
    await jsonBody(c);
    const order = find(c.req.param('id'));
    if (order.capture && world.remembered('capture', order.id, requestId) !== undefined) {
      return answer(c, world, showOrder(machine, order), 200);
    }
    obeyMockHeader(c);
    world.remember('capture', order.id, requestId, order.id);
    return answer(c, world, showOrder(machine, captureOrder(machine, order)), 201);
  });

  const captured = (id: string) => {
    const order = world.orderOf(id);
    if (!order?.capture || order.capture.id !== id) throw missing();
    return { order, capture: order.capture };
  };

  app.get('/v2/payments/captures/:id', (c) => {
    const { order, capture } = captured(c.req.param('id'));
    return answer(c, world, captureView(order, capture, base()), 200);
  });

  app.post('/v2/payments/captures/:id/refund', async (c) => {
    const requestId = requestIdOf(c);
    const body = await jsonBody(c);
    const { order, capture } = captured(c.req.param('id'));
    const remembered = world.remembered('refund', capture.id, requestId);
    const known = order.refunds.find(({ id }) => id === remembered);
    if (known) return answer(c, world, refundView(order, known, base()), 200);
    obeyMockHeader(c);
    const id = remembered ?? newId();
    world.remember('refund', capture.id, requestId, id);
    const refund = refundCapture(machine, order, body, id);
    return answer(c, world, refundView(world.orderOf(id) ?? order, refund, base()), 201);
  });

  app.get('/v2/payments/refunds/:id', (c) => {
    const order = world.orderOf(c.req.param('id'));
    const refund = order?.refunds.find(({ id }) => id === c.req.param('id'));
    if (!order || !refund) throw missing();
    return answer(c, world, refundView(order, refund, base()), 200);
  });
}

/** @throws Refusal as PayPal validates */
function readOrder(world: World, body: Json): OrderRow {
  if (body['intent'] !== 'CAPTURE') throw new Refusal(400, 'INVALID_PARAMETER_VALUE', 'intent');
  const units = list(body['purchase_units']);
  const [unit] = units;
  if (!unit || units.length > 1) throw new Refusal(400, 'INVALID_ARRAY_LENGTH', 'purchase_units');
  const wallet = object(object(body['payment_source'])['paypal']);
  const experience = object(wallet['experience_context']);
  const attributes = object(wallet['attributes']);
  const vault = object(attributes['vault']);
  const wantsVault = vault['store_in_vault'] === 'ON_SUCCESS';
  if (wantsVault && !text(vault['usage_type'])) {
    throw new Refusal(400, 'MISSING_REQUIRED_PARAMETER', 'attributes/vault/usage_type');
  }
  for (const name of ['return_url', 'cancel_url']) {
    const url = text(experience[name]);
    if (url !== undefined && !URL.canParse(url)) throw new Refusal(400, 'INVALID_PARAMETER_SYNTAX', name);
  }
  return {
    id: newId(),
    status: 'PAYER_ACTION_REQUIRED',
    createdAt: world.at(),
    updatedAt: world.at(),
    amount: readAmount(unit['amount']),
    referenceId: text(unit['reference_id']) ?? 'default',
    customId: shortText(unit['custom_id'], 127, 'custom_id'),
    invoiceId: shortText(unit['invoice_id'], 127, 'invoice_id'),
    description: shortText(unit['description'], 127, 'description'),
    returnUrl: text(experience['return_url']),
    cancelUrl: text(experience['cancel_url']),
    brandName: text(experience['brand_name']),
    email: text(wallet['email_address']) ?? 'buyer@example.com',
    wantsVault,
    customerId: text(object(attributes['customer'])['id']),
    merchantCustomerId: text(object(attributes['customer'])['merchant_customer_id']),
    plan: {},
    refusals: 0,
    refunds: [],
  };
}

/** The breakdown, where there is one, adds up exactly. */
function readAmount(value: unknown): OrderRow['amount'] {
  const amount = moneyOf(value, 'amount');
  const breakdown = object(object(value)['breakdown']);
  const parts = Object.entries(breakdown);
  if (parts.length === 0) return amount;
  const total = parts.reduce((sum, [name, part]) => {
    const minus = name === 'discount' || name === 'shipping_discount';
    const worth = cents(moneyOf(part, `breakdown/${name}`));
    return minus ? sum - worth : sum + worth;
  }, 0n);
  if (total !== cents(amount)) throw unprocessable('AMOUNT_MISMATCH', 'amount');
  return { ...amount, breakdown };
}

/** Without the buyer, in one step: PayPal creates the order only if it can take the money. */
function chargeWallet(machine: Machine, order: OrderRow, vaultId: string, requestId: string): OrderRow {
  const { world } = machine;
  const wallet = world.wallets.get(vaultId);
  if (!wallet) throw unprocessable('TOKEN_ID_NOT_FOUND', 'payment_source/paypal/vault_id');
  const behaviour = meetWallet(machine, wallet);
  const { email, customerId } = wallet;
  const charged = { ...order, email, customerId, wantsVault: false };
  if (behaviour === 'PAYER_ACTION_REQUIRED') {
    world.remember('order', '', requestId, order.id);
    return world.save(charged);
  }
  if (behaviour !== 'COMPLETED' && behaviour !== 'PENDING' && behaviour !== 'DECLINED') throw unprocessable(behaviour);
  world.remember('order', '', requestId, order.id);
  return takeMoney(machine, charged, {
    status: behaviour,
    reason: behaviour === 'PENDING' ? 'PENDING_REVIEW' : undefined,
  });
}
