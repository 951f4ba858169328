/** What a gateway's contract suite needs of a vendor: the adapter, and a hand in its simulator. */
import { randomUUID } from 'node:crypto';
import type { Fault } from '#activities/simulation/faults.ts';
import { money } from '#domain/money/money.ts';
import type {
  ChargeRequest,
  CheckoutRequest,
  Gateway,
  GatewayEvent,
  RefundRequest,
  SavedMethod,
  SettledPayment,
  SetUpRequest,
} from './gateway.ts';

export type MethodBehaviour = 'pays' | 'declines' | 'asks' | 'waits';

/** What the customer, the bank and the weather do at the gateway; each vendor's test fills it in. */
export interface GatewaySimulation {
  url: string;
  plan(fault: Fault): void | Promise<void>;
  clearFaults(): void | Promise<void>;
  /** Moves the vendor's clock, and the adapter's with it. */
  advance(ms: number): void | Promise<void>;
  /** From here every request is refused for its key, until `restoreCredentials`. */
  expireCredentials(): void | Promise<void>;
  restoreCredentials(): void | Promise<void>;
  /** The customer pays on the hosted page: done at Stripe, approved at PayPal. */
  payCheckout(checkoutId: string): Promise<void>;
  /** The customer tries a method that is declined at once, or when the adapter captures. */
  declineCheckout(checkoutId: string): Promise<void>;
  cancelCheckout(checkoutId: string): Promise<void>;
  /** The customer pays again what is paid, as far as the vendor lets it happen. */
  payTwice(checkoutId: string): Promise<void>;
  /** The customer pays in a way whose money comes later (bank debit, review); `moneyArrives` brings it. */
  payLater(checkoutId: string): Promise<void>;
  moneyArrives(checkoutId: string): Promise<void>;
  /** The bank does not take a refund that was made; the money is ours again. */
  failRefund(gatewayRefundId: string): Promise<void>;
  /** The end of a charge that was pending. */
  endCharge(gatewayPaymentId: string, how: 'paid' | 'declined'): Promise<void>;
  /** A method kept at the gateway that behaves so when charged without the customer. */
  savedMethod(behaviour: MethodBehaviour): Promise<ChargeRequest['method']>;
  /** The customer stores a method on a set-up's page: done at Stripe, approved at PayPal. */
  storeMethod(checkoutId: string): Promise<void>;
  /** The customer offers a method that is refused, at once or when the adapter stores it. */
  declineMethod(checkoutId: string): Promise<void>;
  cancelSetUp(checkoutId: string): Promise<void>;
  /** The customer, or their bank, takes a stored method away without us. */
  revokeMethod(methodId: string): Promise<void>;
  /** From its nth charge on a stored method behaves so. */
  planCharges(methodId: string, from: number, behaviour: MethodBehaviour): Promise<void>;
  /** Set-up pages of a customer of ours, and methods that are stored for them. */
  countSetUps(customerId: string): number | Promise<number>;
  countMethods(customerId: string): number | Promise<number>;
  /** Payments of this invoice for which money moved, as the vendor's own books say. */
  countPayments(invoiceId: string): number | Promise<number>;
  countCheckouts(invoiceId: string): number | Promise<number>;
  countRefunds(gatewayPaymentId: string): number | Promise<number>;
}

export interface GatewayHarness {
  /** As in production; a busy machine does not make it give up. */
  gateway: Gateway;
  /** The same account with `TEST_TIMEOUT_MS`, for the faults that time out; `gateway` itself without it. */
  impatient?: Gateway;
  simulator: GatewaySimulation;
  close(): Promise<void>;
}

/** One request an operation makes. A GET only reads, so its lost answer is no unknown outcome. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Regular expression on the path. */
  path: string;
}

export interface GatewayTraits {
  /** The vendor requests behind each operation of a customer who pays or a method that pays; faults strike each. */
  routes: Record<
    | 'checkout'
    | 'settle'
    | 'charge'
    | 'settleCharge'
    | 'refund'
    | 'find'
    | 'listEvents'
    | 'setUpMethod'
    | 'settleMethod'
    | 'closeSetUp'
    | 'findMethod'
    | 'removeMethod',
    Route[]
  > & {
    /** Where closing a checkout is a request at all. */
    close?: Route[];
  };
  /** Whether a checkout nobody touched can be found again without its id. */
  findsOpenCheckouts: boolean;
  /** The customer only agrees on the page, and `settle` takes the money: a close before it ends the checkout. */
  settleTakesMoney?: boolean;
  /** After so long the page of an unpaid checkout, and of a set-up, is closed. */
  checkoutLifetimeMs: number;
  /** A refused method ends the page of a set-up; elsewhere the customer may offer another. */
  declineEndsSetUp?: boolean;
  /** Events of a method name the set-up; elsewhere only the customer. */
  tellsSetUp?: boolean;
}

/** How long a `timeout` fault keeps the adapter waiting. */
export const HELD_MS = 1_500;
/** What an impatient adapter uses: well below `HELD_MS`, well above a busy machine's hiccup. */
export const TEST_TIMEOUT_MS = 500;

/** Every event since then, all pages of them, oldest first; gateways list the newest first. */
export const listed = async (gateway: Gateway, since: Date): Promise<GatewayEvent[]> =>
  (await Array.fromAsync(gateway.listEvents(since)))
    .flat()
    .reverse()
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());

/** Requests as the activities send them: every id new, so that tests do not meet. */
export function sampleRequests(now = new Date()) {
  const reference = { env: 'sandbox', invoiceId: randomUUID(), attemptId: randomUUID() };
  const invoiceNumber = `INV-2027-${Math.floor(Math.random() * 1e9)}`;
  const amount = money(1299, 'EUR');
  const description = `Hosting, invoice ${invoiceNumber}`;
  const checkout: CheckoutRequest = {
    ...reference,
    key: `sandbox:cs:${reference.invoiceId}:1`,
    invoiceNumber,
    number: 1,
    amount,
    description,
    customer: { id: randomUUID(), email: 'ada@example.com', name: 'Ada Lovelace' },
    saveMethod: true,
    successUrl: 'https://portal.example.com/orders/1?paid=1',
    cancelUrl: 'https://portal.example.com/orders/1',
    expiresAt: new Date(now.getTime() + 3_600_000),
  };
  const handle = (checkoutId: string) => ({ ...reference, checkoutId, key: `sandbox:cap:${reference.invoiceId}:1` });
  const charge = (method: ChargeRequest['method'], n = 1): ChargeRequest => ({
    ...reference,
    key: `sandbox:pi:${reference.invoiceId}:${n}`,
    invoiceNumber,
    amount,
    description,
    method,
  });
  const refund = (gatewayPaymentId: string, minor = 1299, n = 1, number = 1): RefundRequest => ({
    key: `sandbox:re:${reference.invoiceId}:${n}:${number}`,
    refundId: `${reference.invoiceId}/${n}`,
    number,
    env: 'sandbox',
    gatewayPaymentId,
    amount: money(minor, 'EUR'),
    reason: 'requested_by_customer',
    creditNoteNumber: `CN-${invoiceNumber}-${n}`,
  });
  const setUpId = randomUUID();
  const setUp: SetUpRequest = {
    env: 'sandbox',
    setUpId,
    key: `sandbox:su:${setUpId}:1`,
    customer: checkout.customer,
    description: 'Renewals of your hosting',
    successUrl: 'https://portal.example.com/account/methods?saved=1',
    cancelUrl: 'https://portal.example.com/account/methods',
    expiresAt: checkout.expiresAt,
  };
  const page = (checkoutId: string) => ({ checkoutId, key: `sandbox:sm:${setUpId}:1` });
  const removal = ({ methodId }: { methodId: string }) => ({ methodId, key: `sandbox:rm:${methodId}` });
  return { reference, amount, checkout, handle, charge, refund, setUp, page, removal };
}

/** A checkout that the customer has paid and we have seen paid. */
export async function paidCheckout({
  gateway,
  simulator,
  requests,
}: Omit<Given, 'impatient'>): Promise<SettledPayment> {
  const { checkoutId } = await gateway.checkout(requests.checkout);
  await simulator.payCheckout(checkoutId);
  const state = await gateway.settle(requests.handle(checkoutId));
  if (state.state !== 'paid') throw new Error(`expected a paid checkout, it is ${state.state}`);
  return state.payment;
}

/** A method that the customer has stored without a payment and we have seen stored. */
export async function storedMethod({ gateway, simulator, requests }: Omit<Given, 'impatient'>): Promise<SavedMethod> {
  const { checkoutId } = await gateway.setUpMethod(requests.setUp);
  await simulator.storeMethod(checkoutId);
  const state = await gateway.settleMethod(requests.page(checkoutId));
  if (state.state !== 'saved') throw new Error(`expected a stored method, it is ${state.state}`);
  return state.method;
}

/** What one running test has. */
export interface Given {
  gateway: Gateway;
  impatient: Gateway;
  simulator: GatewaySimulation;
  requests: ReturnType<typeof sampleRequests>;
}
