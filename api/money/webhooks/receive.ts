import { Counter } from 'prom-client';
import { z } from '@hono/zod-openapi';
import { takeIn, type Ours } from '#db/messages/inbox.ts';
import { isKeepable } from '#db/messages/keepable.ts';
import type { GatewayName } from '#domain/vendors.ts';
import type { WebhookVerdict } from '#activities/gateways/gateway.ts';
import type { ApiContext, Parts } from '#api/http/context.ts';
import { ROUTE_LIMITS } from '#api/http/middleware/limits.ts';
import { networkKey } from '#api/http/middleware/network.ts';
import { Problem, unavailable } from '#api/http/problem.ts';

/** Calls at webhook addresses, by what became of them; of a refused one nothing else is kept (HOOK-06). */
const deliveries = new Counter({
  name: 'hostwright_webhook_deliveries_total',
  help: 'Calls at webhook addresses by gateway and by what became of them',
  labelNames: ['gateway', 'result'],
});

/** Slug of our account at the gateway; another one has no endpoint. */
export const AccountPath = z.strictObject({ account: z.string().max(40) });

/** The bytes as they came; nothing has parsed them before the signature is checked (HOOK-01). */
export const rawBody = async (c: ApiContext): Promise<Uint8Array> => new Uint8Array(await c.req.arrayBuffer());

/**
 * Records what is genuine and answers at once; the work is a workflow's. What is not genuine learns nothing, not
 * even why. Failures alone are limited: a flood of forgeries from one network never keeps a genuine event out.
 */
export async function receive(
  c: ApiContext,
  { orm, limiter }: Pick<Parts, 'orm' | 'limiter'>,
  from: { gateway: GatewayName; account: string },
  verdict: Exclude<WebhookVerdict, { verdict: 'needs' }>,
  ours: Ours,
): Promise<void> {
  const { gateway, account } = from;
  if (verdict.verdict === 'forged') {
    deliveries.inc({ gateway, result: 'forged' });
    c.get('log').debug({ gateway, reason: verdict.reason }, 'webhook refused');
    const limit = ROUTE_LIMITS.unverified_webhook;
    const left = limiter.take('unverified_webhook', networkKey(c.get('network')), limit, c.get('asOf').getTime());
    if (left.allowed) throw new Problem(400, 'webhook_refused', 'This is not accepted.');
    throw new Problem(429, 'too_many_requests', 'This is not accepted.', {
      headers: { 'retry-after': String(left.resetSeconds) },
    });
  }
  const { event } = verdict;
  if (!isKeepable(event)) {
    deliveries.inc({ gateway, result: 'malformed' });
    c.get('log').warn({ gateway, account }, 'a genuine webhook that cannot be kept was refused');
    throw new Problem(400, 'webhook_refused', 'This is not accepted.');
  }
  const result = await takeIn(orm.api, { gateway, account, source: 'webhook', event }, ours, c.get('asOf'));
  deliveries.inc({ gateway, result });
  c.get('log').info({ gateway, account, eventId: event.eventId, type: event.type, result }, 'webhook taken in');
}

/** Genuine or not, nobody knows yet; the gateway delivers again. */
export function cannotJudge(gateway: GatewayName): Problem {
  deliveries.inc({ gateway, result: 'unjudged' });
  return unavailable('webhook_not_judged', 'This cannot be checked now. Deliver it again.', 60);
}
