/** Asking PayPal itself whether a delivery is genuine: the way out when its certificate cannot be had. */
import { z } from 'zod';
import type { WebhookVerdict } from '#activities/gateways/gateway.ts';
import type { PaypalClient } from '../wire/client.ts';
import { readEvent, transmissionHeaders, type PaypalDelivery } from './webhook.ts';

export type Delivered = PaypalDelivery;

const Verification = z.object({ verification_status: z.string() });

/** @throws the errors of `vendor.ts` when PayPal does not say: then nobody knows, and the delivery is answered 503 */
export async function verifyByPostback(client: PaypalClient, { raw, headers }: Delivered): Promise<WebhookVerdict> {
  const sent = transmissionHeaders(headers);
  if (!sent) return { verdict: 'forged', reason: 'the transmission headers are missing or misshapen' };
  const read = readEvent(raw, client.config.environment === 'live');
  if (read.verdict !== 'genuine') return read;
  const about = JSON.stringify({
    transmission_id: sent.id,
    transmission_time: sent.time,
    transmission_sig: sent.signature,
    cert_url: sent.certificateUrl,
    auth_algo: sent.algorithm,
    webhook_id: client.config.webhookId,
  });
  // PayPal computes the checksum over this text, so it goes as it came; `readEvent` has shown that it is one JSON value.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw);
  const rawBody = `${about.slice(0, -1)},"webhook_event":${text}}`;
  const { verification_status: status } = await client.http(
    'verify a webhook',
    '/v1/notifications/verify-webhook-signature',
    { method: 'POST', rawBody, reply: Verification },
  );
  return status === 'SUCCESS' ? read : { verdict: 'forged', reason: 'PayPal does not know this delivery' };
}
