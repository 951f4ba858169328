/**
 * Whether a delivery comes from PayPal, decided offline: no network, no clock of its own. Transmission times may be days
 * old, since PayPal delivers again for three days; repeats are told by the event's id, which stays the same.
 */
import { createVerify } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { WebhookVerdict } from '#activities/gateways/gateway.ts';
import { toGatewayEvent } from './events.ts';
import { isCertificateUrl, judgeChain, LIVE_TRUST, type CertificateTrust } from './trust.ts';

export { LIVE_TRUST, SANDBOX_TRUST, trustOf, type CertificateTrust } from './trust.ts';

export interface PaypalDelivery {
  /** The body as it came, before any parsing. */
  raw: Uint8Array;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
}

export interface PaypalVerification extends PaypalDelivery {
  /** Of our registration, from configuration; never from the request. */
  webhookId: string;
  /** PEM bundles fetched earlier, leaf first. */
  certificates: (url: string) => string | undefined;
  trust: CertificateTrust;
  now: Date;
}

/** PayPal's names for algorithms to Node's; whatever is not here is refused. */
const ALGORITHMS: Readonly<Record<string, string>> = { SHA256withRSA: 'RSA-SHA256' };

const forged = (reason: string): WebhookVerdict => ({ verdict: 'forged', reason });

/** @returns `needs` when the certificate is not at hand: it is fetched, or the delivery is judged by postback */
export async function verifyPaypalWebhook(delivery: PaypalVerification): Promise<WebhookVerdict> {
  const { raw, webhookId, certificates, trust, now } = delivery;
  if (!webhookId) return forged('no webhook id is configured, so nothing can be verified');
  const headers = transmissionHeaders(delivery.headers);
  if (!headers) return forged('the transmission headers are missing or misshapen');
  const algorithm = Object.hasOwn(ALGORITHMS, headers.algorithm) ? ALGORITHMS[headers.algorithm] : undefined;
  if (!algorithm) return forged('the signature algorithm is not allowed');
  if (!isCertificateUrl(headers.certificateUrl, trust)) return forged('the certificate address is not one of PayPal');
  const pem = certificates(headers.certificateUrl);
  if (pem === undefined) return { verdict: 'needs', certificateUrl: headers.certificateUrl };
  const chain = judgeChain(pem, trust, now);
  if (!chain.trusted) return forged(`the certificate is not trusted: ${chain.reason}`);
  // The checksum is printed as unsigned decimal, over the bytes as they came.
  const message = `${headers.id}|${headers.time}|${webhookId}|${crc32(raw)}`;
  const genuine = createVerify(algorithm).update(message).verify(chain.leaf.publicKey, headers.signature, 'base64');
  if (!genuine) return forged('the signature does not match');
  return readEvent(raw, LIVE_TRUST.hosts.includes(new URL(headers.certificateUrl).hostname));
}

export interface TransmissionHeaders {
  id: string;
  time: string;
  signature: string;
  certificateUrl: string;
  algorithm: string;
}

/** Null unless all five are there, in shapes that leave no room between the parts of the signed message. */
export function transmissionHeaders(headers: PaypalDelivery['headers']): TransmissionHeaders | null {
  const id = headers['paypal-transmission-id'] ?? '';
  const time = headers['paypal-transmission-time'] ?? '';
  const signature = headers['paypal-transmission-sig'] ?? '';
  const certificateUrl = headers['paypal-cert-url'] ?? '';
  const algorithm = headers['paypal-auth-algo'] ?? '';
  const wellShaped =
    /^[\w-]{1,64}$/.test(id) &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(time) &&
    /^[A-Za-z0-9+/]{80,2000}={0,2}$/.test(signature) &&
    certificateUrl !== '' &&
    algorithm !== '';
  return wellShaped ? { id, time, signature, certificateUrl, algorithm } : null;
}

/** A checksum of 32 bits is no digest, so even a genuine event is only a hint: what it tells is read again at PayPal. */
export function readEvent(raw: Uint8Array, livemode: boolean): WebhookVerdict {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
    return { verdict: 'genuine', event: toGatewayEvent(JSON.parse(text), livemode) };
  } catch {
    return forged('the body is not an event');
  }
}
