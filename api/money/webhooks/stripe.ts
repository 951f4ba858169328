import { verifyStripeWebhook } from '#activities/gateways/stripe/webhooks/webhook.ts';
import type { ApiContext, Parts } from '#api/http/context.ts';
import { json } from '#api/contracts/common.ts';
import { Received } from '#api/contracts/gateways.ts';
import { notFound } from '#api/http/problem.ts';
import { createRoute, router } from '#api/http/router.ts';
import { AccountPath, cannotJudge, rawBody, receive } from './receive.ts';

const DAY_MS = 24 * 3_600_000;

const deliver = createRoute({
  method: 'post',
  path: '/webhooks/stripe/{account}',
  access: { actor: 'gateway' },
  summary: 'Stripe reports an event',
  request: { params: AccountPath },
  responses: {
    200: { description: 'Recorded, now or earlier', content: json(Received) },
    400: { description: 'Not signed by Stripe' },
    404: { description: 'No such endpoint, or none is set up' },
  },
});

/** Where the older systems had it; it means the account we have. */
const deliverAsBefore = createRoute({ ...deliver, path: '/api/stripe/webhook', request: {} });

/** Switched on by STRIPE_WEBHOOK_SECRET; without it there is no endpoint that could accept anything. */
export const stripeWebhookRoutes = (parts: Parts) => {
  const { config, clock } = parts;
  const current = config.STRIPE_WEBHOOK_SECRET;
  const previous = config.STRIPE_WEBHOOK_SECRET_PREVIOUS;
  // Whoever rolls a secret restarts us with both; a forgotten previous one ends by itself.
  const until = new Date(clock().getTime() + DAY_MS);
  const ours = { env: config.HOSTWRIGHT_ENV, livemode: config.STRIPE_ENVIRONMENT === 'live' };

  const take = async (c: ApiContext, account: string) => {
    if (!current || account !== config.STRIPE_ACCOUNT) throw notFound('webhook endpoint');
    const verdict = await verifyStripeWebhook({
      raw: await rawBody(c),
      headers: c.req.raw.headers,
      secrets: { current, ...(previous && { previous: { secret: previous, until } }) },
      now: c.get('asOf'),
    });
    if (verdict.verdict === 'needs') throw cannotJudge('stripe');
    await receive(c, parts, { gateway: 'stripe', account }, verdict, ours);
    return c.json({ received: true as const }, 200);
  };
  return router()
    .openapi(deliver, (c) => take(c, c.req.valid('param').account))
    .openapi(deliverAsBefore, (c) => take(c, config.STRIPE_ACCOUNT));
};
