/** Whether the account is ready to work: credentials, webhook registration, event list, saved methods. */
import { checkStep } from '../check-step.ts';
import type { CheckStep, GatewayCheck } from '../gateway.ts';
import type { PaypalClient } from './wire/client.ts';
import { eventsSince } from './webhooks/event-list.ts';
import { EVENT_TYPES } from './webhooks/events.ts';
import { Registration } from './wire/replies.ts';

/** What the app must be allowed: to store wallets, with a payment or without, and to charge them without the buyer. */
const VAULT_SCOPES = ['read', 'readwrite'].map(
  (right) => `https://uri.paypal.com/services/vault/payment-tokens/${right}`,
);

export async function check(client: PaypalClient): Promise<GatewayCheck> {
  const found: Pick<GatewayCheck, 'mode' | 'webhookUrl'> = {};
  const steps: CheckStep[] = [];
  const step = async (...of: Parameters<typeof checkStep>) => void steps.push(await checkStep(...of));
  await step('Sign in with the client id and secret', async () => {
    await client.scopes();
    found.mode = client.config.environment === 'live' ? 'live' : 'test';
    return { ok: true, message: `PayPal (${client.config.account}, ${client.config.environment}) accepts them.` };
  });
  // Nothing else can work, and repeating the same refusal would hide which step it is.
  if (steps.every(({ ok }) => ok)) {
    await step('Find our webhook registration', async () => {
      const { url, missing } = await registration(client);
      found.webhookUrl = url;
      if (missing.length === 0) return { ok: true, message: `Events go to ${url}.` };
      const { webhookId } = client.config;
      const message = `Webhook ${webhookId} does not send ${missing.join(', ')}: add them in the PayPal app.`;
      return { ok: false, message, stop: 'VendorRefused' };
    });
    await step('List recent events', async () => {
      const events = await eventsSince(client, new Date(client.now().getTime() - 60_000));
      return { ok: true, message: `${events.length} in the last minute.` };
    });
    await step('Save payment methods for renewals', async () => {
      const granted = new Set(await client.scopes());
      const missing = VAULT_SCOPES.filter((scope) => !granted.has(scope));
      if (missing.length === 0) return { ok: true, message: 'The app may save PayPal wallets.' };
      const message = `The app lacks the Vault feature (${missing.join(', ')}): switch it on in the PayPal developer dashboard.`;
      return { ok: false, message, stop: 'VendorUnauthorized' };
    });
  }
  return { ok: steps.every(({ ok }) => ok), ...found, steps };
}

/** Where it sends events to, and those we need and it does not send. */
async function registration(client: PaypalClient): Promise<{ url: string; missing: string[] }> {
  const { webhookId } = client.config;
  const path = `/v1/notifications/webhooks/${encodeURIComponent(webhookId)}`;
  const { url, event_types } = await client.http(`show webhook ${webhookId}`, path, { reply: Registration });
  const names = new Set(event_types.map(({ name }) => name));
  const missing = names.has('*') ? [] : EVENT_TYPES.filter((type) => !names.has(type));
  return { url, missing };
}
