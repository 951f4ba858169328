import { paypalConfiguration } from '#domain/configuration/gateways/paypal.ts';
import { readEvent, trustOf, verifyPaypalWebhook } from '#activities/gateways/paypal/webhooks/webhook.ts';
import type { WebhookVerdict } from '#activities/gateways/gateway.ts';
import type { ApiContext, Parts } from '#api/http/context.ts';
import { json } from '#api/contracts/common.ts';
import { Received } from '#api/contracts/gateways.ts';
import { notFound } from '#api/http/problem.ts';
import { createRoute, router } from '#api/http/router.ts';
import { createCertificates } from './certificates.ts';
import { AccountPath, cannotJudge, rawBody, receive } from './receive.ts';

const deliver = createRoute({
  method: 'post',
  path: '/webhooks/paypal/{account}',
  access: { actor: 'gateway' },
  summary: 'PayPal reports an event',
  request: { params: AccountPath },
  responses: {
    200: { description: 'Recorded, now or earlier', content: json(Received) },
    400: { description: 'Not signed by PayPal' },
    404: { description: 'No such endpoint, or none is set up' },
    503: { description: 'The signing certificate cannot be had now; deliver again' },
  },
});

/** Where the older systems had it; it means the account we have. */
const deliverAsBefore = createRoute({ ...deliver, path: '/api/paypal/webhook', request: {} });

/**
 * Switched on by PAYPAL_WEBHOOK_ID. Deliveries are checked offline with certificates that lie in the database; the
 * first one under a new certificate waits while the worker fetches it, as the API itself calls no gateway. Where it
 * cannot be had, the worker asks PayPal about the delivery; where that fails too, PayPal is to deliver again.
 */
export const paypalWebhookRoutes = (parts: Parts) => {
  const { config } = parts;
  const webhookId = config.PAYPAL_WEBHOOK_ID;
  const ours = { env: config.HOSTWRIGHT_ENV, livemode: paypalConfiguration.isLive(config) };
  const trust = webhookId ? trustOf(config) : { hosts: [] };
  const certificates = createCertificates('paypal', parts);

  const judge = async (c: ApiContext, raw: Uint8Array): Promise<WebhookVerdict> => {
    const headers = Object.fromEntries(c.req.raw.headers);
    const now = c.get('asOf');
    const url = headers['paypal-cert-url'] ?? '';
    const verify = (pem: string | undefined) =>
      verifyPaypalWebhook({ raw, headers, webhookId: webhookId!, certificates: () => pem, trust, now });
    // Asked first without one, so that only addresses PayPal may have reach the database or the worker.
    const verdict = await verify(undefined);
    if (verdict.verdict !== 'needs') return verdict;
    const pem = (await certificates.known(url, now)) ?? (await certificates.fetched(url, now));
    if (pem !== undefined) return verify(pem);
    const genuine = await certificates.askedBack(raw, headers, now);
    if (genuine === undefined) return verdict;
    return genuine ? readEvent(raw, ours.livemode) : { verdict: 'forged', reason: 'PayPal does not know it' };
  };

  const take = async (c: ApiContext, account: string) => {
    if (!webhookId || account !== config.PAYPAL_ACCOUNT) throw notFound('webhook endpoint');
    const verdict = await judge(c, await rawBody(c));
    if (verdict.verdict === 'needs') throw cannotJudge('paypal');
    await receive(c, parts, { gateway: 'paypal', account }, verdict, ours);
    return c.json({ received: true as const }, 200);
  };
  return router()
    .openapi(deliver, (c) => take(c, c.req.valid('param').account))
    .openapi(deliverAsBefore, (c) => take(c, config.PAYPAL_ACCOUNT));
};
