/**
 * What the trade needs from a payment gateway. Every mutating call converges: called twice with the
 * same key it ends where one call does. A decline is a value, not an error. Throws the errors of `vendor.ts`.
 */
import type { Money } from '#domain/money/money.ts';
import type { GatewayName } from '#domain/vendors.ts';
import type { GatewayMode } from '#domain/money/gateway-mode.ts';
import type { StopReason } from '#domain/workflows/stop.ts';

/** Which of our rows a gateway object belongs to; written on every object we create. */
export interface OurReference {
  /** "sandbox", "production": a foreign environment's events are recorded, never applied. */
  env: string;
  invoiceId: string;
  attemptId: string;
}

/** Which of our rows a page that stores a method belongs to; written on what it makes, so that events tell it. */
export interface OurSetUp {
  env: string;
  customerId: string;
  setUpId: string;
}

/** Whom a page is for. */
export interface GatewayCustomer {
  id: string;
  email: string;
  name: string;
  gatewayCustomerId?: string | undefined;
  /** It has had a page before: the gateway may know it although it never paid, and have forgotten the key. */
  seenBefore?: boolean | undefined;
}

export interface CheckoutRequest extends OurReference {
  /** Idempotency key, from the attempt row: same key, same checkout. */
  key: string;
  invoiceNumber: string;
  /** Which try at the invoice it is, from 1, and the page of the one before at this gateway. */
  number: number;
  previousCheckoutId?: string | undefined;
  amount: Money;
  description: string;
  customer: GatewayCustomer;
  /** Keep the method for later charges; the customer agreed. */
  saveMethod: boolean;
  successUrl: string;
  cancelUrl: string;
  /** When the hosted page closes; the adapter clamps it to what the gateway allows. */
  expiresAt: Date;
}

/** A page that stores a method without a payment, for later charges; the customer agreed. */
export interface SetUpRequest extends Omit<OurSetUp, 'customerId'> {
  /** Idempotency key, from the set-up row: same key, same page. */
  key: string;
  customer: GatewayCustomer;
  /** What the method is for, in the customer's words. */
  description: string;
  successUrl: string;
  cancelUrl: string;
  /** When the hosted page closes; the adapter clamps it to what the gateway allows. */
  expiresAt: Date;
}

export interface HostedCheckout {
  checkoutId: string;
  /** Where the customer pays, or stores a method. */
  url: string;
  expiresAt: Date;
  gatewayCustomerId?: string | undefined;
  requestId?: string | undefined;
}

export interface SavedMethod {
  methodId: string;
  gatewayCustomerId: string;
  kind: string;
  brand?: string | undefined;
  last4?: string | undefined;
  expMonth?: number | undefined;
  expYear?: number | undefined;
  /** The same card or bank account has the same, whoever's it is and however often it was stored. */
  fingerprint?: string | undefined;
  /** Of a wallet: the address by which its owner knows it. Personal data. */
  email?: string | undefined;
}

/** Money that moved, as the gateway shows it now. */
export interface SettledPayment {
  gatewayPaymentId: string;
  amount: Money;
  paidAt: Date;
  /** Null when the object carries none of ours (made by hand, or another environment's). */
  reference: OurReference | null;
  checkoutId?: string | undefined;
  method?: SavedMethod | undefined;
  requestId?: string | undefined;
}

/** How we react to a decline; the strictest class of all signals wins. */
export type DeclineClass = 'hard' | 'fix_data' | 'authentication' | 'soft' | 'technical' | 'merchant' | 'check';

export interface Decline {
  class: DeclineClass;
  /** The gateway's own code, for staff. */
  code: string;
  /** What the customer may read. */
  message: string;
}

export type CheckoutState =
  | { state: 'open' }
  /** Approved or submitted, money not here yet (bank debit, review). */
  | { state: 'pending'; reason: string }
  | { state: 'paid'; payment: SettledPayment }
  /** The page is still open and the customer may try another way. */
  | { state: 'declined'; decline: Decline }
  /** The page is over; with the decline that ended it, where there was one. */
  | { state: 'expired'; decline?: Decline | undefined };

export type SetUpState =
  | { state: 'open' }
  /** The customer did their part; the method is not there yet. */
  | { state: 'pending'; reason: string }
  | { state: 'saved'; method: SavedMethod }
  /** The page is still open and the customer may try another method. */
  | { state: 'declined'; decline: Decline }
  /** The page is over, or what it stored was removed since; with the decline that ended it, where there was one. */
  | { state: 'expired'; decline?: Decline | undefined };

export interface ChargeRequest extends OurReference {
  key: string;
  invoiceNumber: string;
  amount: Money;
  description: string;
  method: { methodId: string; gatewayCustomerId: string };
}

export type ChargeOutcome =
  | { outcome: 'paid'; payment: SettledPayment }
  | { outcome: 'pending'; gatewayPaymentId: string; reason: string }
  | { outcome: 'declined'; decline: Decline; gatewayPaymentId?: string | undefined }
  /** The cardholder must act: the customer gets a hosted checkout. */
  | { outcome: 'action_required'; gatewayPaymentId?: string | undefined };

/** Which of our refund rows a refund at the gateway belongs to. */
export interface OurRefund {
  refundId: string;
  env: string;
  gatewayPaymentId: string;
  creditNoteNumber?: string | undefined;
}

export interface RefundRequest extends OurRefund {
  /** Idempotency key, from the refund row; each try has its own. */
  key: string;
  /** Which try, from 1: one that failed stays at the gateway as it is, and the next is another refund. */
  number: number;
  amount: Money;
  reason: 'requested_by_customer' | 'duplicate' | 'fraudulent';
}

export type RefundOutcome =
  | { outcome: 'refunded' | 'pending'; gatewayRefundId: string }
  | { outcome: 'failed'; gatewayRefundId?: string | undefined; reason: string };

/** A refund of ours as the gateway has it. */
export type RefundTry = RefundOutcome & { gatewayRefundId: string; number: number };

/** What a refund has come to: the try that lives, else what this one came to; null if it was never made. */
export const refundOf = (tries: readonly RefundTry[], number: number): RefundTry | null =>
  tries.find(({ outcome }) => outcome !== 'failed') ?? tries.find((each) => each.number === number) ?? null;

/** A hint that something happened: what to look at, never what is true. */
export interface GatewayEvent {
  eventId: string;
  type: string;
  createdAt: Date;
  /** False where live and test are mixed up. */
  livemode: boolean;
  subject: 'checkout' | 'payment' | 'refund' | 'dispute' | 'method' | 'other';
  objectId: string;
  checkoutId?: string | undefined;
  gatewayPaymentId?: string | undefined;
  reference: OurReference | null;
  /** Of a method: which, and whose at the gateway. */
  methodId?: string | undefined;
  gatewayCustomerId?: string | undefined;
  /** The set-up it speaks of, as far as the gateway tells: PayPal knows the customer only. */
  setUp?: (Omit<OurSetUp, 'setUpId'> & Partial<Pick<OurSetUp, 'setUpId'>>) | null | undefined;
  /** As received, for the inbox. */
  payload: unknown;
}

export interface CheckStep {
  /** What was tried, in words staff understand: a credential, or the right that is missing where it fails. */
  name: string;
  ok: boolean;
  message: string;
  /** Why it failed. */
  stop?: StopReason | undefined;
}

export interface GatewayCheck {
  ok: boolean;
  /** Whether these credentials move real money; absent where the check did not come that far. */
  mode?: GatewayMode | undefined;
  /** Where the gateway sends its events to, if it says so. */
  webhookUrl?: string | undefined;
  /** In the order in which they were tried. */
  steps: CheckStep[];
}

export interface Gateway {
  readonly name: GatewayName;
  /** Slug of the account at the gateway; part of webhook addresses and of payment identity. */
  readonly account: string;
  /** What a customer has only approved is captured by `settle`; elsewhere the page itself takes the money. */
  readonly capturesApproved: boolean;
  checkout(request: CheckoutRequest): Promise<HostedCheckout>;
  /**
   * Where a checkout stands, moved on if it only waits for us: what is approved is captured, keyed by `key`, where
   * `capturesApproved` says so. Safe to call any number of times.
   */
  settle(checkout: { checkoutId: string; key: string } & OurReference): Promise<CheckoutState>;
  /** Closes the hosted page if it is open; answers how it stands afterwards: paid if the customer was faster. */
  close(checkout: { checkoutId: string; key: string } & OurReference): Promise<CheckoutState>;
  /** Finds a checkout again whose creation answer was lost. */
  findCheckout(reference: OurReference & { key: string; createdAfter: Date }): Promise<HostedCheckout | null>;
  charge(request: ChargeRequest): Promise<ChargeOutcome>;
  /**
   * What became of a charge that was pending; nothing is charged, however long ago it was.
   * @param charge  with the payment that its outcome named
   */
  settleCharge(charge: Pick<ChargeRequest, 'key' | 'method'> & { gatewayPaymentId: string }): Promise<ChargeOutcome>;
  /**
   * Opens a page where the customer stores a method without a payment. A page whose key the gateway has forgotten is not
   * looked for: nobody was given its address, so it stores nothing.
   */
  setUpMethod(request: SetUpRequest): Promise<HostedCheckout>;
  /**
   * Where such a page stands, moved on if it only waits for us: what the customer approved is stored, keyed by `key`. Safe
   * to call any number of times; once it is saved, `findMethod` tells more, as gateways forget the page.
   */
  settleMethod(page: { checkoutId: string; key: string }): Promise<SetUpState>;
  /** Closes the page if it is open; answers how it stands afterwards: saved if the customer was faster. */
  closeSetUp(page: { checkoutId: string; key: string }): Promise<SetUpState>;
  /** A stored method as it stands, or null when the gateway has it no more. */
  findMethod(methodId: string): Promise<SavedMethod | null>;
  /** It can never be charged again, here or at the gateway. One that is gone already is good. */
  removeMethod(method: { methodId: string; key: string }): Promise<void>;
  /** One payment as it stands, or null if the gateway does not know it or no money moved. */
  find(gatewayPaymentId: string): Promise<SettledPayment | null>;
  /** The same key ends in the same refund, also when it has failed since; a try after that has a new number and key. */
  refund(request: RefundRequest): Promise<RefundOutcome>;
  /**
   * Every try of a refund of ours as it stands, those that failed as well.
   * @param gatewayRefundId  one that an event names, looked at whether or not the payment lists it
   */
  findRefunds(refund: OurRefund & { gatewayRefundId?: string | undefined }): Promise<RefundTry[]>;
  /** Every event since then that could be about money or a method, a page at a time, in any order; one may be listed twice. */
  listEvents(since: Date): AsyncIterable<GatewayEvent[]>;
  check(): Promise<GatewayCheck>;
}

/** What an API needs to accept a webhook; no network. Lives in each adapter's `webhook.ts`. */
export type WebhookVerdict =
  | { verdict: 'genuine'; event: GatewayEvent }
  | { verdict: 'forged'; reason: string }
  /** Cannot be judged yet: something must be fetched first (PayPal's certificate). */
  | { verdict: 'needs'; certificateUrl: string };
