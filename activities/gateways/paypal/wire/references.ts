/** What we write on PayPal's objects to find them again, and how it is read back. */
import { createHash } from 'node:crypto';
import { VendorRefused } from '#activities/http/vendor.ts';
import type { GatewayEvent, OurReference } from '#activities/gateways/gateway.ts';

/** PayPal's limits, Orders v2. */
const CUSTOM_ID_MAX = 127;
const REQUEST_ID_MAX = 108;
const DESCRIPTION_MAX = 127;
/** Room for a try's number. */
const NUMBER_MAX = 6;

/** `custom_id`, `{env}:{invoiceId}:{attemptId}`: on the order, its captures and their events, unseen by the payer. */
export function customId({ env, invoiceId, attemptId }: OurReference): string {
  const id = `${env}:${invoiceId}:${attemptId}`;
  if (id.length > CUSTOM_ID_MAX || id.split(':').length !== 3) {
    throw new VendorRefused(`"${id}" cannot be PayPal's custom_id: three parts, ${CUSTOM_ID_MAX} characters at most.`);
  }
  return id;
}

/** Null for whatever was not written by us. */
export function referenceOf(custom: string | null | undefined): OurReference | null {
  const [env, invoiceId, attemptId, ...more] = custom?.split(':') ?? [];
  return env && invoiceId && attemptId && more.length === 0 ? { env, invoiceId, attemptId } : null;
}

/**
 * What the vault has for our ids is one for the customer, which its events bring back; a set-up's own id has no place there.
 * `{env}.{customerId}`: its alphabet has no colon, and it takes 64 characters.
 */
export const merchantCustomerId = (env: string, customerId: string) => `${env}.${customerId}`;

/** Null for whatever was not written by us. */
export function setUpOf(merchantCustomer: string | undefined): GatewayEvent['setUp'] {
  const [env, customerId, ...more] = merchantCustomer?.split('.') ?? [];
  return env && customerId && more.length === 0 ? { env, customerId } : null;
}

/** On refunds: two parts, so that nobody takes it for a payment's. A second try and later ones have their number behind. */
export function refundCustomId(env: string, refundId: string, number = 1): string {
  const id = `${env}:${refundId}`;
  return numbered(id.length <= CUSTOM_ID_MAX - NUMBER_MAX ? id : `${env}:${digest(refundId)}`, number);
}

/** A number pays, or gives back, once: a refund that failed has used it up, and a payment that was declined may have. */
export const pageInvoiceId = (invoiceNumber: string, number: number) => numbered(invoiceNumber, number);
export const refundInvoiceId = (creditNoteNumber: string, number: number) => numbered(creditNoteNumber, number);

const numbered = (id: string, number: number) => (number === 1 ? id : `${id}/${number}`);

/** The number that `numbered` gave, or null if it is not this id's. */
export function numberOf(id: string, given: string | undefined): number | null {
  if (given === id) return 1;
  const [, number] = given?.startsWith(`${id}/`) ? (/^\/(\d+)$/.exec(given.slice(id.length)) ?? []) : [];
  return number === undefined ? null : Number(number);
}

/**
 * `PayPal-Request-Id`, a pure function of our key. A key that PayPal would not take keeps its start,
 * for people, and gets a digest.
 */
export function requestId(key: string, step = ''): string {
  const id = `${key}${step}`;
  if (id.length <= REQUEST_ID_MAX && /^[\x21-\x7e]+$/.test(id)) return id;
  return `${id.replace(/[^\x21-\x7e]/g, '_').slice(0, 60)}-${digest(id)}`;
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Shortened by characters as people count them, never inside one. */
export const shortDescription = (text: string) => [...text].slice(0, DESCRIPTION_MAX).join('');
