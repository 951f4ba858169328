/**
 * What every payment gateway must do, shown against its simulator over real HTTP, faults included.
 * An adapter's test calls `describeGateway` with a way to start both, and adds what only its vendor has.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '#activities/simulation/faults.ts';
import { money } from '#domain/money.ts';
import type { ChargeRequest, CheckoutRequest, Gateway, RefundRequest, SettledPayment } from './gateway.ts';

export type MethodBehaviour = 'pays' | 'declines' | 'asks';

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
  /** A method kept at the gateway that behaves so when charged without the customer. */
  savedMethod(behaviour: MethodBehaviour): Promise<ChargeRequest['method']>;
  /** Payments of this invoice for which money moved, as the vendor's own books say. */
  countPayments(invoiceId: string): number | Promise<number>;
  countCheckouts(invoiceId: string): number | Promise<number>;
  countRefunds(gatewayPaymentId: string): number | Promise<number>;
}

export interface GatewayHarness {
  /** Its time-out must be shorter than `HELD_MS`. */
  gateway: Gateway;
  simulator: GatewaySimulation;
  close(): Promise<void>;
}

/** One request an operation makes. A GET only reads, so its lost answer is no unknown outcome. */
export interface Route {
  method: 'GET' | 'POST';
  /** Regular expression on the path. */
  path: string;
}

export interface GatewayTraits {
  /** The vendor requests behind each operation of a customer who pays or a method that pays; faults strike each. */
  routes: Record<'checkout' | 'settle' | 'charge' | 'refund' | 'find' | 'listEvents', Route[]>;
  /** Whether a checkout nobody touched can be found again without its id. */
  findsOpenCheckouts: boolean;
  /** The customer only agrees on the page, and `settle` takes the money: a close before it ends the checkout. */
  settleTakesMoney?: boolean;
  /** After so long the page of an unpaid checkout is closed. */
  checkoutLifetimeMs: number;
}

/** How long a `timeout` fault keeps the adapter waiting. */
export const HELD_MS = 1_500;
/** What the adapter under test should use: well below `HELD_MS`, well above a busy machine's hiccup. */
export const TEST_TIMEOUT_MS = 500;

interface FaultCase {
  name: string;
  fault: Fault;
  /** Error names: when the request changes something, and when it only reads. */
  changing: string;
  reading: string;
  retryAfterMs?: number;
}

const FAULTS: FaultCase[] = [
  { name: 'the answer lost after the effect', fault: { kind: 'lost-answer' }, ...unknown() },
  { name: '500 before the effect', fault: { kind: 'error-before' }, ...unknown() },
  { name: '500 after the effect', fault: { kind: 'error-after' }, ...unknown() },
  {
    name: '429 with Retry-After',
    fault: { kind: 'rate-limit', retryAfter: '2' },
    ...unavailable(),
    retryAfterMs: 2_000,
  },
  { name: '429 without Retry-After', fault: { kind: 'rate-limit' }, ...unavailable() },
  { name: 'JSON cut in half', fault: { kind: 'truncated' }, ...unknown() },
  { name: 'HTML with 200', fault: { kind: 'html' }, ...unknown() },
  { name: 'a redirect', fault: { kind: 'redirect' }, changing: 'VendorRefused', reading: 'VendorRefused' },
  { name: 'a time-out before the effect', fault: { kind: 'timeout', latencyMs: HELD_MS }, ...unknown() },
  { name: 'a time-out after the effect', fault: { kind: 'timeout-after', latencyMs: HELD_MS }, ...unknown() },
  {
    name: 'an expired key',
    fault: { kind: 'unauthorized' },
    changing: 'VendorUnauthorized',
    reading: 'VendorUnauthorized',
  },
];

function unknown() {
  return { changing: 'OutcomeUnknown', reading: 'VendorUnavailable' };
}
function unavailable() {
  return { changing: 'VendorUnavailable', reading: 'VendorUnavailable' };
}

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
  const refund = (gatewayPaymentId: string, minor = 1299, n = 1): RefundRequest => ({
    key: `sandbox:re:${reference.invoiceId}:${n}`,
    refundId: `${reference.invoiceId}/${n}`,
    env: 'sandbox',
    gatewayPaymentId,
    amount: money(minor, 'EUR'),
    reason: 'requested_by_customer',
    creditNoteNumber: `CN-${invoiceNumber}-${n}`,
  });
  return { reference, amount, checkout, handle, charge, refund };
}

export function describeGateway(name: string, traits: GatewayTraits, start: () => Promise<GatewayHarness>): void {
  describe(`${name} as a gateway`, () => {
    let harness: GatewayHarness;
    let gateway: Gateway;
    let simulator: GatewaySimulation;
    let requests: ReturnType<typeof sampleRequests>;

    beforeEach(async () => {
      harness = await start();
      ({ gateway, simulator } = harness);
      requests = sampleRequests();
    });
    afterEach(() => harness.close());

    const paid = async (): Promise<SettledPayment> => {
      const { checkoutId } = await gateway.checkout(requests.checkout);
      await simulator.payCheckout(checkoutId);
      const state = await gateway.settle(requests.handle(checkoutId));
      if (state.state !== 'paid') throw new Error(`expected a paid checkout, it is ${state.state}`);
      return state.payment;
    };

    describe('a hosted checkout', () => {
      it('opens a page, and the same key opens no second one', async () => {
        const first = await gateway.checkout(requests.checkout);
        const again = await gateway.checkout(requests.checkout);
        expect(again.checkoutId).toBe(first.checkoutId);
        expect(first.url).toMatch(/^https?:\/\//);
        expect(first.expiresAt.getTime()).toBeGreaterThan(Date.now());
        expect(await simulator.countCheckouts(requests.reference.invoiceId)).toBe(1);
        expect(await gateway.settle(requests.handle(first.checkoutId))).toEqual({ state: 'open' });
      });

      it('is paid once the customer paid, with the amount, our reference and the saved method', async () => {
        const before = Date.now() - 2_000;
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payCheckout(checkoutId);
        const state = await gateway.settle(requests.handle(checkoutId));
        expect(state).toMatchObject({
          state: 'paid',
          payment: { amount: requests.amount, reference: requests.reference, checkoutId },
        });
        const { payment } = state as Extract<typeof state, { state: 'paid' }>;
        expect(payment.paidAt.getTime()).toBeGreaterThan(before);
        expect(payment.method).toMatchObject({ methodId: expect.any(String), gatewayCustomerId: expect.any(String) });
        expect(await gateway.find(payment.gatewayPaymentId)).toMatchObject({
          gatewayPaymentId: payment.gatewayPaymentId,
          amount: requests.amount,
          reference: requests.reference,
        });
      });

      it('settles any number of times to one payment', async () => {
        const payment = await paid();
        const again = await gateway.settle(requests.handle(payment.checkoutId!));
        expect(again).toMatchObject({ state: 'paid', payment: { gatewayPaymentId: payment.gatewayPaymentId } });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });

      it('tells a decline apart from an open page, and can still be paid afterwards', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.declineCheckout(checkoutId);
        const state = await gateway.settle(requests.handle(checkoutId));
        expect(state).toMatchObject({
          state: 'declined',
          decline: { class: expect.any(String), code: expect.any(String), message: expect.stringMatching(/\w+ \w+/) },
        });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
        await simulator.payCheckout(checkoutId);
        expect(await gateway.settle(requests.handle(checkoutId))).toMatchObject({ state: 'paid' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });

      it('stays open when the customer goes back without paying', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.cancelCheckout(checkoutId);
        expect(await gateway.settle(requests.handle(checkoutId))).toEqual({ state: 'open' });
      });

      it('is pending while the money is on its way, and paid when it is here', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payLater(checkoutId);
        expect(await gateway.settle(requests.handle(checkoutId))).toMatchObject({
          state: 'pending',
          reason: expect.stringMatching(/\w/),
        });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
        await simulator.moneyArrives(checkoutId);
        expect(await gateway.settle(requests.handle(checkoutId))).toMatchObject({ state: 'paid' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });

      it('is expired when nobody paid in time', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.advance(traits.checkoutLifetimeMs + 1_000);
        expect(await gateway.settle(requests.handle(checkoutId))).toEqual({ state: 'expired' });
      });

      it('is closed by us, and closing it again changes nothing', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        expect(await gateway.close(requests.handle(checkoutId))).toEqual({ state: 'expired' });
        expect(await gateway.close(requests.handle(checkoutId))).toEqual({ state: 'expired' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      });

      it('answers paid to a close when the customer was faster', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payCheckout(checkoutId);
        if (traits.settleTakesMoney) await gateway.settle(requests.handle(checkoutId));
        expect(await gateway.close(requests.handle(checkoutId))).toMatchObject({ state: 'paid' });
        expect(await gateway.settle(requests.handle(checkoutId))).toMatchObject({ state: 'paid' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });

      (traits.settleTakesMoney ? it : it.skip)('takes nothing at a close although the customer agreed', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payCheckout(checkoutId);
        expect(await gateway.close(requests.handle(checkoutId))).toEqual({ state: 'expired' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      });

      it('is not found when it never reached the gateway', async () => {
        const wanted = {
          ...requests.reference,
          key: requests.checkout.key,
          createdAfter: new Date(Date.now() - 60_000),
        };
        expect(await gateway.findCheckout(wanted)).toBeNull();
      });

      (traits.findsOpenCheckouts ? it : it.skip)('is found again by our reference alone', async () => {
        const { checkoutId, url } = await gateway.checkout(requests.checkout);
        const other = sampleRequests();
        await gateway.checkout(other.checkout);
        const wanted = {
          ...requests.reference,
          key: requests.checkout.key,
          createdAfter: new Date(Date.now() - 60_000),
        };
        expect(await gateway.findCheckout(wanted)).toMatchObject({ checkoutId, url });
      });

      it('hides no money when the customer pays twice', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payTwice(checkoutId);
        expect(await gateway.settle(requests.handle(checkoutId))).toMatchObject({ state: 'paid' });
        const listed = new Set<string>();
        for (const event of await gateway.listEvents(new Date(Date.now() - 60_000))) {
          const id = event.gatewayPaymentId;
          if (!id || event.reference?.invoiceId !== requests.reference.invoiceId) continue;
          if (await gateway.find(id)) listed.add(id);
        }
        expect(listed.size).toBe(await simulator.countPayments(requests.reference.invoiceId));
        expect(listed.size).toBeGreaterThan(0);
      });
    });

    describe('a charge without the customer', () => {
      it('takes the money once, however often it is asked with one key', async () => {
        const method = await simulator.savedMethod('pays');
        const first = await gateway.charge(requests.charge(method));
        expect(first).toMatchObject({
          outcome: 'paid',
          payment: { amount: requests.amount, reference: requests.reference },
        });
        expect(await gateway.charge(requests.charge(method))).toMatchObject({
          outcome: 'paid',
          payment: { gatewayPaymentId: (first as Extract<typeof first, { outcome: 'paid' }>).payment.gatewayPaymentId },
        });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });

      it('can use the method a checkout saved', async () => {
        const { method } = await paid();
        const renewal = sampleRequests();
        expect(await gateway.charge(renewal.charge(method!))).toMatchObject({ outcome: 'paid' });
      });

      it('answers a decline as a value, again for the same key, and takes nothing', async () => {
        const method = await simulator.savedMethod('declines');
        const declined = { outcome: 'declined', decline: { class: expect.any(String), message: expect.any(String) } };
        expect(await gateway.charge(requests.charge(method))).toMatchObject(declined);
        expect(await gateway.charge(requests.charge(method))).toMatchObject(declined);
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      });

      it('asks for the customer when the bank wants to see them', async () => {
        const method = await simulator.savedMethod('asks');
        expect(await gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'action_required' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      });

      it('succeeds with a new attempt after a declined one', async () => {
        await gateway.charge(requests.charge(await simulator.savedMethod('declines')));
        const second = { ...requests.charge(await simulator.savedMethod('pays'), 2), attemptId: randomUUID() };
        expect(await gateway.charge(second)).toMatchObject({ outcome: 'paid' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });
    });

    describe('a refund', () => {
      it('gives the money back once, however often it is asked with one key', async () => {
        const { gatewayPaymentId } = await paid();
        const first = await gateway.refund(requests.refund(gatewayPaymentId));
        expect(first).toEqual({ outcome: 'refunded', gatewayRefundId: expect.any(String) });
        expect(await gateway.refund(requests.refund(gatewayPaymentId))).toEqual(first);
        expect(await simulator.countRefunds(gatewayPaymentId)).toBe(1);
      });

      it('may be made in parts, never beyond what was paid', async () => {
        const { gatewayPaymentId } = await paid();
        expect(await gateway.refund(requests.refund(gatewayPaymentId, 500, 1))).toMatchObject({ outcome: 'refunded' });
        expect(await gateway.refund(requests.refund(gatewayPaymentId, 799, 2))).toMatchObject({ outcome: 'refunded' });
        expect(await gateway.refund(requests.refund(gatewayPaymentId, 1, 3))).toMatchObject({
          outcome: 'failed',
          reason: expect.stringMatching(/\w/),
        });
        expect(await simulator.countRefunds(gatewayPaymentId)).toBe(2);
      });
    });

    describe('looking', () => {
      it('answers null for a payment the gateway does not know', async () => {
        const { gatewayPaymentId } = await paid();
        expect(await gateway.find(`${gatewayPaymentId.slice(0, -6)}ZZZZZZ`)).toBeNull();
      });

      it('lists what happened since, oldest first, with our reference on the payment', async () => {
        const payment = await paid();
        const events = await gateway.listEvents(new Date(Date.now() - 60_000));
        expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
        const times = events.map(({ createdAt }) => createdAt.getTime());
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(events).toContainEqual(
          expect.objectContaining({
            subject: 'payment',
            gatewayPaymentId: payment.gatewayPaymentId,
            reference: requests.reference,
          }),
        );
        expect(await gateway.listEvents(new Date(Date.now() + 60_000))).toEqual([]);
      });

      it('finds credentials and rights in order', async () => {
        const check = await gateway.check();
        expect(check).toMatchObject({ ok: true });
        expect(check.steps.length).toBeGreaterThan(0);
        expect(check.steps.every(({ ok, message }) => ok && message.length > 0)).toBe(true);
      });

      it('says which step fails when the key is expired, and recovers when it is not', async () => {
        await simulator.expireCredentials();
        const check = await gateway.check();
        expect(check.ok).toBe(false);
        expect(check.steps.some(({ ok }) => !ok)).toBe(true);
        await expect(gateway.checkout(requests.checkout)).rejects.toMatchObject({ name: 'VendorUnauthorized' });
        await simulator.restoreCredentials();
        expect(await gateway.check()).toMatchObject({ ok: true });
        expect(await gateway.checkout(requests.checkout)).toMatchObject({ checkoutId: expect.any(String) });
      });
    });

    describe('two equal calls at once', () => {
      const both = async <T>(call: () => Promise<T>) => {
        const results = await Promise.allSettled([call(), call()]);
        for (const result of results) {
          // One of two may be told that the other is under way; it would look again.
          if (result.status === 'rejected') {
            expect(['OutcomeUnknown', 'VendorUnavailable']).toContain((result.reason as Error).name);
          }
        }
        return call();
      };

      it('open one checkout, take money once, and refund once', async () => {
        await both(() => gateway.checkout(requests.checkout));
        expect(await simulator.countCheckouts(requests.reference.invoiceId)).toBe(1);
        const method = await simulator.savedMethod('pays');
        const charge = await both(() => gateway.charge(requests.charge(method)));
        expect(charge).toMatchObject({ outcome: 'paid' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
        const { payment } = charge as Extract<typeof charge, { outcome: 'paid' }>;
        await both(() => gateway.refund(requests.refund(payment.gatewayPaymentId)));
        expect(await simulator.countRefunds(payment.gatewayPaymentId)).toBe(1);
      });
    });

    const strikes = (routes: Route[]) => routes.flatMap((route) => FAULTS.map((each) => ({ ...each, route })));
    const title = (what: string) => `${what}: $name at $route.method $route.path`;

    /** Runs the call into the fault, checks the error, lifts the fault, and runs the same call again. */
    const through = async <T>(
      { fault, route, ...expected }: ReturnType<typeof strikes>[number],
      call: () => Promise<T>,
    ) => {
      await simulator.plan({ ...fault, ...route });
      const error = (await call().then(
        () => new Error('the call should have failed'),
        (reason: unknown) => reason,
      )) as Error & { retryAfterMs?: number };
      expect(`${error.name}: ${error.message}`).toMatch(
        new RegExp(`^${route.method === 'GET' ? expected.reading : expected.changing}: `),
      );
      expect(error.retryAfterMs).toBe(expected.retryAfterMs);
      await simulator.clearFaults();
      return call();
    };

    describe('faults', () => {
      it.each(strikes(traits.routes.checkout))(title('one checkout in the end'), async (strike) => {
        const { checkoutId } = await through(strike, () => gateway.checkout(requests.checkout));
        expect(await gateway.settle(requests.handle(checkoutId))).toEqual({ state: 'open' });
        expect(await simulator.countCheckouts(requests.reference.invoiceId)).toBe(1);
      });

      it.each(strikes(traits.routes.settle))(title('one payment in the end'), async (strike) => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payCheckout(checkoutId);
        const state = await through(strike, () => gateway.settle(requests.handle(checkoutId)));
        expect(state).toMatchObject({ state: 'paid', payment: { amount: requests.amount } });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });

      it.each(strikes(traits.routes.charge))(title('one charge in the end'), async (strike) => {
        const method = await simulator.savedMethod('pays');
        const outcome = await through(strike, () => gateway.charge(requests.charge(method)));
        expect(outcome).toMatchObject({ outcome: 'paid', payment: { amount: requests.amount } });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
      });

      it.each(strikes(traits.routes.refund))(title('one refund in the end'), async (strike) => {
        const { gatewayPaymentId } = await paid();
        const outcome = await through(strike, () => gateway.refund(requests.refund(gatewayPaymentId)));
        expect(outcome).toMatchObject({ outcome: 'refunded' });
        expect(await simulator.countRefunds(gatewayPaymentId)).toBe(1);
      });

      it.each(strikes(traits.routes.find))(title('the payment is found in the end'), async (strike) => {
        const { gatewayPaymentId } = await paid();
        expect(await through(strike, () => gateway.find(gatewayPaymentId))).toMatchObject({ gatewayPaymentId });
      });

      it.each(strikes(traits.routes.listEvents))(title('the events are listed in the end'), async (strike) => {
        await paid();
        const events = await through(strike, () => gateway.listEvents(new Date(Date.now() - 60_000)));
        expect(events.length).toBeGreaterThan(0);
      });
    });
  });
}
