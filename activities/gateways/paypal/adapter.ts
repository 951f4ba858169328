/**
 * PayPal as a gateway: Orders v2 for hosted payments and for renewals with a vaulted wallet, Payments v2 for refunds,
 * Payment Method Tokens v3 for wallets stored without a payment.
 * Source: contracts of PayPal's REST APIs and SDK 2.5. No PayPal subscriptions: renewals are ours.
 */
import type { Gateway, WebhookVerdict } from '../gateway.ts';
import { charge, settleCharge } from './payments/charges.ts';
import { check } from './check.ts';
import { checkout, findCheckout } from './payments/checkouts.ts';
import { createPaypalClient, type PaypalConfig } from './wire/client.ts';
import { closeSetUp, setUpMethod, settleMethod } from './methods/set-up.ts';
import { findMethod, removeMethod } from './methods/tokens.ts';
import { listEvents } from './webhooks/event-list.ts';
import { findPayment } from './payments/lookup.ts';
import { verifyByPostback, type Delivered } from './webhooks/postback.ts';
import { findRefunds, refund } from './payments/refunds.ts';
import { close, settle } from './payments/settlements.ts';

export type { PaypalConfig } from './wire/client.ts';

export interface PaypalGateway extends Gateway {
  readonly name: 'paypal';
  /** Asks PayPal whether a delivery is its own; for when the certificate cannot be had. */
  verifyByPostback(delivered: Delivered): Promise<WebhookVerdict>;
}

export function createPaypalGateway(config: PaypalConfig): PaypalGateway {
  const client = createPaypalClient(config);
  return {
    name: 'paypal',
    account: config.account,
    capturesApproved: true,
    checkout: (request) => checkout(client, request),
    settle: (handle) => settle(client, handle),
    close: (handle) => close(client, handle),
    findCheckout: (wanted) => findCheckout(client, wanted),
    charge: (request) => charge(client, request),
    settleCharge: (made) => settleCharge(client, made),
    setUpMethod: (request) => setUpMethod(client, request),
    settleMethod: (page) => settleMethod(client, page),
    closeSetUp: (page) => closeSetUp(client, page),
    findMethod: (methodId) => findMethod(client, methodId),
    removeMethod: ({ methodId }) => removeMethod(client, methodId),
    find: (gatewayPaymentId) => findPayment(client, gatewayPaymentId),
    refund: (request) => refund(client, request),
    findRefunds: (wanted) => findRefunds(client, wanted),
    listEvents: (since) => listEvents(client, since),
    check: () => check(client),
    verifyByPostback: (delivered) => verifyByPostback(client, delivered),
  };
}
