/** Wallets kept for later charges. Source: Vault v3. */
import type { Hono } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { setupView, walletView } from './views.ts';
import { jsonBody, missing, object, Refusal, requestIdOf, text, unprocessable } from './wire.ts';
import { newId, type CaptureRow, type Machine, type OrderRow, type SetupRow, type WalletRow } from './world.ts';

/** After the capture's answer, when the wallet is stored late. */
const LATER_MS = 50;

/** Stores the wallet of an order whose buyer agreed, as its plan says. @returns what the order learns from it */
export function vaultWallet(
  machine: Machine,
  order: OrderRow,
  status: CaptureRow['status'],
): Pick<OrderRow, 'walletId' | 'customerId'> {
  if (!order.wantsVault || status === 'DECLINED' || order.plan.vault === 'never') return {};
  const customerId = order.customerId ?? newId(22).toLowerCase();
  const walletId = newId().toLowerCase();
  const store = () => storeWallet(machine, { id: walletId, customerId, email: order.email });
  if (order.plan.vault === 'later') setTimeout(store, LATER_MS).unref();
  else store();
  return { walletId, customerId };
}

export function storeWallet(
  { world, emit, base }: Machine,
  { behaviour = 'COMPLETED', ...wallet }: Omit<WalletRow, 'createdAt' | 'behaviour'> & { behaviour?: string },
): WalletRow {
  const row = world.wallets.set(wallet.id, { ...wallet, behaviour, createdAt: world.at() });
  emit('VAULT.PAYMENT-TOKEN.CREATED', 'payment_token', walletView(row, base()), 'A payment token has been created.');
  return row;
}

export function removeWallet({ world, emit, base }: Machine, id: string) {
  const wallet = world.wallets.get(id);
  if (!wallet) throw missing('TOKEN_NOT_FOUND');
  world.wallets.delete(id);
  emit('VAULT.PAYMENT-TOKEN.DELETED', 'payment_token', walletView(wallet, base()), 'A payment token has been deleted.');
}

export function vaultRoutes(app: Hono<{ Bindings: HttpBindings }>, machine: Machine) {
  const { world, base } = machine;
  app.post('/v3/vault/setup-tokens', async (c) => {
    const requestId = requestIdOf(c);
    const body = await jsonBody(c);
    const wallet = object(object(body['payment_source'])['paypal']);
    const known = world.setups.get(world.remembered('vault', 'setup', requestId) ?? '');
    if (known) return c.json(setupView(known, base()), 200);
    if (!text(wallet['usage_type'])) throw new Refusal(400, 'MISSING_REQUIRED_PARAMETER', 'usage_type');
    const experience = object(wallet['experience_context']);
    const id = newId().toLowerCase();
    world.remember('vault', 'setup', requestId, id);
    const setup: SetupRow = {
      id,
      status: 'PAYER_ACTION_REQUIRED',
      customerId: text(object(body['customer'])['id']) ?? newId(22).toLowerCase(),
      email: text(wallet['email_address']) ?? 'buyer@example.com',
      returnUrl: text(experience['return_url']),
      cancelUrl: text(experience['cancel_url']),
      createdAt: world.at(),
    };
    return c.json(setupView(world.setups.set(id, setup), base()), 201);
  });

  app.get('/v3/vault/setup-tokens/:id', (c) => {
    const setup = world.setups.get(c.req.param('id'));
    if (!setup) throw missing('TOKEN_NOT_FOUND');
    return c.json(setupView(setup, base()));
  });

  app.post('/v3/vault/payment-tokens', async (c) => {
    const requestId = requestIdOf(c);
    const token = object(object((await jsonBody(c))['payment_source'])['token']);
    const setupId = text(token['id']);
    const known = world.wallets.get(world.remembered('vault', 'wallet', requestId) ?? '');
    if (known) return c.json(walletView(known, base()), 200);
    const setup = world.setups.get(setupId ?? '');
    if (!setup || token['type'] !== 'SETUP_TOKEN') throw missing('TOKEN_NOT_FOUND');
    if (setup.status !== 'APPROVED') throw unprocessable('PAYER_ACTION_REQUIRED');
    const id = newId().toLowerCase();
    world.remember('vault', 'wallet', requestId, id);
    const wallet = storeWallet(machine, { id, customerId: setup.customerId, email: setup.email });
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
    removeWallet(machine, c.req.param('id'));
    return c.body(null, 204);
  });
}
