/** Whether the account is ready to work: credentials, webhook registration, event list, saved methods. */
import type { GatewayCheck } from '../gateway.ts';
import type { PaypalClient } from './wire/client.ts';
import { eventsSince } from './webhooks/event-list.ts';
import { EVENT_TYPES } from './webhooks/events.ts';
import { Registration } from './wire/replies.ts';

/** What the app must be allowed for renewals without the buyer. */
const VAULT_SCOPE = 'https://uri.paypal.com/services/vault/payment-tokens/readwrite';

export async function check(client: PaypalClient): Promise<GatewayCheck> {
  const steps: GatewayCheck['steps'] = [];
  const step = async (name: string, run: () => Promise<{ ok: boolean; message: string }>) => {
    try {
      steps.push({ name, ...(await run()) });
    } catch (error) {
      steps.push({ name, ok: false, message: (error as Error).message });
    }
  };
  await step('Sign in with the client id and secret', async () => {
    await client.scopes();
    return { ok: true, message: `PayPal (${client.config.account}, ${client.config.environment}) accepts them.` };
  });
  // Nothing else can work, and repeating the same refusal would hide which step it is.
  if (steps.every(({ ok }) => ok)) {
    await step('Find our webhook registration', () => registration(client));
    await step('List recent events', async () => {
      const events = await eventsSince(client, new Date(client.now().getTime() - 60_000));
      return { ok: true, message: `${events.length} in the last minute.` };
    });
    await step('Save payment methods for renewals', async () =>
      (await client.scopes()).includes(VAULT_SCOPE)
        ? { ok: true, message: 'The app may save PayPal wallets.' }
        : { ok: false, message: 'The app lacks the Vault feature: switch it on in the PayPal developer dashboard.' },
    );
  }
  return { ok: steps.every(({ ok }) => ok), steps };
}

async function registration(client: PaypalClient) {
  const { webhookId } = client.config;
  const path = `/v1/notifications/webhooks/${encodeURIComponent(webhookId)}`;
  const { url, event_types } = await client.http(`show webhook ${webhookId}`, path, { reply: Registration });
  const names = new Set(event_types.map(({ name }) => name));
  const missing = names.has('*') ? [] : EVENT_TYPES.filter((type) => !names.has(type));
  return missing.length === 0
    ? { ok: true, message: `Events go to ${url}.` }
    : { ok: false, message: `Webhook ${webhookId} does not send ${missing.join(', ')}: add them in the PayPal app.` };
}
