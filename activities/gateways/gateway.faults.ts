/** The part of the gateway contract in which the vendor misbehaves: the right error, and a repeat that converges. */
import { describe, expect, it } from '@jest/globals';
import type { Fault } from '#activities/simulation/faults.ts';
import type { Gateway } from './gateway.ts';
import {
  HELD_MS,
  listed,
  paidCheckout,
  storedMethod,
  type GatewayTraits,
  type Given,
  type Route,
} from './gateway.harness.ts';

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

/** @param given  what the running test has: each has its own */
export function describeFaults(traits: GatewayTraits, given: () => Given): void {
  const strikes = (routes: Route[]) => routes.flatMap((route) => FAULTS.map((each) => ({ ...each, route })));
  const title = (what: string) => `${what}: $name at $route.method $route.path`;

  /** Runs the call into the fault, checks the error, lifts the fault, and runs the same call again. */
  const through = async <T>(
    { fault, route, ...expected }: ReturnType<typeof strikes>[number],
    call: (gateway: Gateway) => Promise<T>,
  ) => {
    const { gateway, impatient, simulator } = given();
    await simulator.plan({ ...fault, ...route });
    const error = (await call(fault.kind.startsWith('timeout') ? impatient : gateway).then(
      () => new Error('the call should have failed'),
      (reason: unknown) => reason,
    )) as Error & { retryAfterMs?: number };
    expect(`${error.name}: ${error.message}`).toMatch(
      new RegExp(`^${route.method === 'GET' ? expected.reading : expected.changing}: `),
    );
    expect(error.retryAfterMs).toBe(expected.retryAfterMs);
    await simulator.clearFaults();
    return call(gateway);
  };

  describe('faults', () => {
    it.each(strikes(traits.routes.checkout))(title('one checkout in the end'), async (strike) => {
      const { gateway, simulator, requests } = given();
      const { checkoutId } = await through(strike, (gateway) => gateway.checkout(requests.checkout));
      expect(await gateway.settle(requests.handle(checkoutId))).toEqual({ state: 'open' });
      expect(await simulator.countCheckouts(requests.reference.invoiceId)).toBe(1);
    });

    it.each(strikes(traits.routes.settle))(title('one payment in the end'), async (strike) => {
      const { gateway, simulator, requests } = given();
      const { checkoutId } = await gateway.checkout(requests.checkout);
      await simulator.payCheckout(checkoutId);
      const state = await through(strike, (gateway) => gateway.settle(requests.handle(checkoutId)));
      expect(state).toMatchObject({ state: 'paid', payment: { amount: requests.amount } });
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
    });

    const { close } = traits.routes;
    if (close) {
      it.each(strikes(close))(title('closed, and nothing taken, in the end'), async (strike) => {
        const { gateway, simulator, requests } = given();
        const { checkoutId } = await gateway.checkout(requests.checkout);
        const state = await through(strike, (gateway) => gateway.close(requests.handle(checkoutId)));
        expect(state).toEqual({ state: 'expired' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      });
    }

    it.each(strikes(traits.routes.charge))(title('one charge in the end'), async (strike) => {
      const { simulator, requests } = given();
      const method = await simulator.savedMethod('pays');
      const outcome = await through(strike, (gateway) => gateway.charge(requests.charge(method)));
      expect(outcome).toMatchObject({ outcome: 'paid', payment: { amount: requests.amount } });
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
    });

    it.each(strikes(traits.routes.settleCharge))(title('the charge is told in the end'), async (strike) => {
      const { gateway, simulator, requests } = given();
      const method = await simulator.savedMethod('waits');
      const made = await gateway.charge(requests.charge(method));
      const { gatewayPaymentId } = made as { gatewayPaymentId: string };
      const pending = { gatewayPaymentId, key: requests.charge(method).key, method };
      expect(await through(strike, (gateway) => gateway.settleCharge(pending))).toEqual(made);
    });

    it.each(strikes(traits.routes.setUpMethod))(title('one page to store a method in the end'), async (strike) => {
      const { gateway, simulator, requests } = given();
      const { checkoutId } = await through(strike, (gateway) => gateway.setUpMethod(requests.setUp));
      expect(await gateway.settleMethod(requests.page(checkoutId))).toEqual({ state: 'open' });
      expect(await simulator.countSetUps(requests.setUp.customer.id)).toBe(1);
    });

    it.each(strikes(traits.routes.settleMethod))(title('one stored method in the end'), async (strike) => {
      const { gateway, simulator, requests } = given();
      const { checkoutId } = await gateway.setUpMethod(requests.setUp);
      await simulator.storeMethod(checkoutId);
      const state = await through(strike, (gateway) => gateway.settleMethod(requests.page(checkoutId)));
      expect(state).toMatchObject({ state: 'saved', method: { methodId: expect.any(String) } });
      expect(await simulator.countMethods(requests.setUp.customer.id)).toBe(1);
    });

    it.each(strikes(traits.routes.closeSetUp))(title('closed, and nothing stored, in the end'), async (strike) => {
      const { gateway, simulator, requests } = given();
      const { checkoutId } = await gateway.setUpMethod(requests.setUp);
      const state = await through(strike, (gateway) => gateway.closeSetUp(requests.page(checkoutId)));
      expect(state).toEqual({ state: 'expired' });
      expect(await simulator.countMethods(requests.setUp.customer.id)).toBe(0);
    });

    it.each(strikes(traits.routes.findMethod))(title('the method is found in the end'), async (strike) => {
      const method = await storedMethod(given());
      expect(await through(strike, (gateway) => gateway.findMethod(method.methodId))).toEqual(method);
    });

    it.each(strikes(traits.routes.removeMethod))(title('the method is gone in the end'), async (strike) => {
      const { gateway, simulator, requests } = given();
      const method = await storedMethod(given());
      await through(strike, (gateway) => gateway.removeMethod(requests.removal(method)));
      expect(await gateway.findMethod(method.methodId)).toBeNull();
      expect(await simulator.countMethods(requests.setUp.customer.id)).toBe(0);
    });

    it.each(strikes(traits.routes.refund))(title('one refund in the end'), async (strike) => {
      const { simulator, requests } = given();
      const { gatewayPaymentId } = await paidCheckout(given());
      const outcome = await through(strike, (gateway) => gateway.refund(requests.refund(gatewayPaymentId)));
      expect(outcome).toMatchObject({ outcome: 'refunded' });
      expect(await simulator.countRefunds(gatewayPaymentId)).toBe(1);
    });

    it.each(strikes(traits.routes.find))(title('the payment is found in the end'), async (strike) => {
      const { gatewayPaymentId } = await paidCheckout(given());
      expect(await through(strike, (gateway) => gateway.find(gatewayPaymentId))).toMatchObject({ gatewayPaymentId });
    });

    it.each(strikes(traits.routes.listEvents))(title('the events are listed in the end'), async (strike) => {
      await paidCheckout(given());
      const events = await through(strike, (gateway) => listed(gateway, new Date(Date.now() - 60_000)));
      expect(events.length).toBeGreaterThan(0);
    });
  });
}
