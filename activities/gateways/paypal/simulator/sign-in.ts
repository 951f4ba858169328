/** OAuth 2.0 client credentials, and the check of every other request. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { debugId, errorBody } from './wire.ts';
import type { World } from './world.ts';

/** About nine hours, as PayPal gives. */
const TOKEN_SECONDS = 32_400;
const SCOPES = [
  'https://uri.paypal.com/services/payments/payment/authcapture',
  'https://uri.paypal.com/services/payments/refund',
  'https://uri.paypal.com/services/vault/payment-tokens/read',
  'https://uri.paypal.com/services/vault/payment-tokens/readwrite',
  'https://uri.paypal.com/services/applications/webhooks',
  'https://uri.paypal.com/services/reporting/search/read',
  'https://uri.paypal.com/services/disputes/read-seller',
];

export function signInRoutes(app: Hono<{ Bindings: HttpBindings }>, world: World) {
  app.use('*', async (c, next) => {
    c.header('paypal-debug-id', debugId());
    const { path } = c.req;
    // Links and certificate addresses are built from the address our API is called by; a browser may use another name.
    const { origin } = new URL(c.req.url);
    const learns = /^\/(v[123]|_sim\/trust)/.test(path);
    if (learns && world.settings().origin !== origin) world.change({ origin });
    const open =
      path === '/v1/oauth2/token' || path.startsWith('/v1/notifications/certs/') || !/^\/v[123]\//.test(path);
    if (open) return next();
    const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const known = world.tokens.get(token);
    if (known && Date.parse(known.expiresAt) > world.now().getTime()) return next();
    return c.json(errorBody(401), 401);
  });

  app.post('/v1/oauth2/token', async (c) => {
    const { clientId, clientSecret, lacks } = world.settings();
    const given = /^Basic (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const wanted = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    if (given.length !== wanted.length || !timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) {
      return c.json({ error: 'invalid_client', error_description: 'Client Authentication failed' }, 401);
    }
    const { grant_type: grant } = await c.req.parseBody();
    if (grant !== 'client_credentials') {
      return c.json({ error: 'unsupported_grant_type', error_description: 'Grant Type is not supported' }, 400);
    }
    const token = `A21AA${randomBytes(48).toString('base64url')}`;
    const expiresAt = new Date(world.now().getTime() + TOKEN_SECONDS * 1_000).toISOString();
    world.tokens.set(token, { token, expiresAt });
    return c.json({
      scope: SCOPES.filter((scope) => !lacks || !scope.endsWith(lacks)).join(' '),
      access_token: token,
      token_type: 'Bearer',
      app_id: 'APP-80W284485P519543T',
      expires_in: TOKEN_SECONDS,
      nonce: `${world.at()}${randomBytes(16).toString('base64url')}`,
    });
  });
}
