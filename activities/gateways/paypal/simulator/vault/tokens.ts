/** Setup tokens and payment tokens over HTTP. Source: Payment Method Tokens v3. */
import type { Hono } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { setupView, walletView } from '../views.ts';
import { jsonBody, missing, object, Refusal, requestIdOf, shortText, text, unprocessable } from '../wire.ts';
import { newId, type Machine, type SetupRow } from '../world.ts';
import { removeWallet, storeWallet } from './wallets.ts';

export function tokenRoutes(app: Hono<{ Bindings: HttpBindings }>, machine: Machine) {
  const { world, emit, base } = machine;

  app.post('/v3/vault/setup-tokens', async (c) => {
    const requestId = requestIdOf(c);
    const body = await jsonBody(c);
    const wallet = object(object(body['payment_source'])['paypal']);
    const known = world.setup(world.remembered('vault', 'setup', requestId) ?? '');
    if (known) return c.json(setupView(known, base()), 200);
    if (!text(wallet['usage_type'])) throw new Refusal(400, 'MISSING_REQUIRED_PARAMETER', 'usage_type');
    const experience = object(wallet['experience_context']);
    for (const name of ['return_url', 'cancel_url']) {
      if (!URL.canParse(text(experience[name]) ?? '')) throw new Refusal(400, 'INVALID_PARAMETER_SYNTAX', name);
    }
    const customer = object(body['customer']);
    const merchantCustomerId = shortText(customer['merchant_customer_id'], 64, 'customer/merchant_customer_id');
    if (merchantCustomerId !== undefined && !/^[0-9a-zA-Z\-_.^*$@#]+$/.test(merchantCustomerId)) {
      throw new Refusal(400, 'INVALID_PARAMETER_SYNTAX', 'customer/merchant_customer_id');
    }
    const id = newId().toLowerCase();
    world.remember('vault', 'setup', requestId, id);
    const setup: SetupRow = {
      id,
      status: 'PAYER_ACTION_REQUIRED',
      customerId: text(customer['id']) ?? newId(22).toLowerCase(),
      merchantCustomerId,
      email: 'buyer@example.com',
      description: shortText(wallet['description'], 128, 'description'),
      brandName: text(experience['brand_name']),
      returnUrl: text(experience['return_url']),
      cancelUrl: text(experience['cancel_url']),
      createdAt: world.at(),
    };
    return c.json(setupView(world.setups.set(id, setup), base()), 201);
  });

  const find = (id: string | undefined): SetupRow => {
    const setup = world.setup(id ?? '');
    if (!setup) throw missing('TOKEN_NOT_FOUND');
    return setup;
  };
  app.get('/v3/vault/setup-tokens/:id', (c) => c.json(setupView(find(c.req.param('id')), base())));

  app.post('/v3/vault/payment-tokens', async (c) => {
    const requestId = requestIdOf(c);
    const token = object(object((await jsonBody(c))['payment_source'])['token']);
    const setupId = text(token['id']);
    const known = world.wallets.get(world.remembered('vault', 'wallet', requestId) ?? '');
    if (known && known.setupId !== setupId) throw unprocessable('PAYPAL_REQUEST_ID_PREVIOUSLY_USED');
    if (known) return c.json(walletView(known, base()), 200);
    if (token['type'] !== 'SETUP_TOKEN') throw missing('TOKEN_NOT_FOUND');
    const setup = find(setupId);
    if (setup.status === 'VAULTED') throw unprocessable('SETUP_TOKEN_ALREADY_TOKENIZED');
    if (setup.status !== 'APPROVED') throw unprocessable('PAYER_ACTION_REQUIRED');
    if (setup.refuse) throw unprocessable(setup.refuse);
    const id = newId().toLowerCase();
    world.remember('vault', 'wallet', requestId, id);
    const { customerId, merchantCustomerId, email } = setup;
    const wallet = storeWallet(machine, { id, customerId, merchantCustomerId, email, setupId: setup.id });
    world.setups.set(setup.id, { ...setup, status: 'VAULTED' });
    return c.json(walletView(wallet, base()), 201);
  });

  app.get('/v3/vault/payment-tokens', (c) => {
    const customerId = c.req.query('customer_id');
    const size = Number(c.req.query('page_size') ?? 5);
    const page = Number(c.req.query('page') ?? 1);
    const all = world.wallets.all().filter((wallet) => wallet.customerId === customerId);
    return c.json({
      customer: { id: customerId },
      total_items: all.length,
      total_pages: Math.ceil(all.length / size),
      payment_tokens: all.slice((page - 1) * size, page * size).map((wallet) => walletView(wallet, base())),
      links: [],
    });
  });

  app.get('/v3/vault/payment-tokens/:id', (c) => {
    const wallet = world.wallets.get(c.req.param('id'));
    if (!wallet) throw missing('TOKEN_NOT_FOUND');
    return c.json(walletView(wallet, base()));
  });

  app.delete('/v3/vault/payment-tokens/:id', (c) => {
    const wallet = world.wallets.get(c.req.param('id'));
    if (wallet) {
      const summary = 'A request to delete a payment token has been submitted.';
      emit('VAULT.PAYMENT-TOKEN.DELETION-INITIATED', 'payment_token', walletView(wallet, base()), summary);
    }
    removeWallet(machine, c.req.param('id'));
    return c.body(null, 204);
  });
}
