/**
 * What every payment gateway must do, shown against its simulator over real HTTP, faults included.
 * An adapter's test calls `describeGateway` with a way to start both, and adds what only its vendor has.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeCharges } from './charges.contract.ts';
import { describeFaults } from './gateway.faults.ts';
import type { Gateway } from './gateway.ts';
import { describeMethods } from './methods.contract.ts';
import {
  listed,
  paidCheckout,
  sampleRequests,
  type GatewayHarness,
  type GatewaySimulation,
  type GatewayTraits,
} from './gateway.harness.ts';

export * from './gateway.harness.ts';

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

    const paid = () => paidCheckout({ gateway, simulator, requests });
    const aMinuteAgo = () => new Date(Date.now() - 60_000);
    const wanted = () => ({ ...requests.reference, key: requests.checkout.key, createdAfter: aMinuteAgo() });

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

      const whereSettleTakes = traits.settleTakesMoney ? it : null;
      whereSettleTakes?.('takes nothing at a close although the customer agreed', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payCheckout(checkoutId);
        expect(await gateway.close(requests.handle(checkoutId))).toEqual({ state: 'expired' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      });

      it('is not found when it never reached the gateway', async () => {
        expect(await gateway.findCheckout(wanted())).toBeNull();
      });

      const whereFound = traits.findsOpenCheckouts ? it : null;
      whereFound?.('is found again by our reference alone', async () => {
        const { checkoutId, url } = await gateway.checkout(requests.checkout);
        const other = sampleRequests();
        await gateway.checkout(other.checkout);
        expect(await gateway.findCheckout(wanted())).toMatchObject({ checkoutId, url });
      });

      it('hides no money when the customer pays twice', async () => {
        const { checkoutId } = await gateway.checkout(requests.checkout);
        await simulator.payTwice(checkoutId);
        expect(await gateway.settle(requests.handle(checkoutId))).toMatchObject({ state: 'paid' });
        const moved = new Set<string>();
        for (const event of await listed(gateway, aMinuteAgo())) {
          const id = event.gatewayPaymentId;
          if (!id || event.reference?.invoiceId !== requests.reference.invoiceId) continue;
          if (await gateway.find(id)) moved.add(id);
        }
        expect(moved.size).toBe(await simulator.countPayments(requests.reference.invoiceId));
        expect(moved.size).toBeGreaterThan(0);
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

      it('that fails afterwards stays failed under its key, and gives the money back under the key of the next try', async () => {
        const { gatewayPaymentId } = await paid();
        const first = await gateway.refund(requests.refund(gatewayPaymentId));
        const id = first.gatewayRefundId!;
        await simulator.failRefund(id);
        const failed = { outcome: 'failed', gatewayRefundId: id, reason: expect.stringMatching(/\w/) };
        expect(await gateway.refund(requests.refund(gatewayPaymentId))).toEqual(failed);
        const second = await gateway.refund(requests.refund(gatewayPaymentId, 1299, 1, 2));
        expect(second).toEqual({ outcome: 'refunded', gatewayRefundId: expect.not.stringMatching(`^${id}$`) });
        expect(await gateway.refund(requests.refund(gatewayPaymentId, 1299, 1, 2))).toEqual(second);
        const tries = await gateway.findRefunds(requests.refund(gatewayPaymentId));
        expect(tries.toSorted((a, b) => a.number - b.number)).toEqual([
          { ...failed, number: 1 },
          { ...second, number: 2 },
        ]);
      });

      it('is found by our row alone, and not when there is none', async () => {
        const { gatewayPaymentId } = await paid();
        expect(await gateway.findRefunds(requests.refund(gatewayPaymentId))).toEqual([]);
        const made = await gateway.refund(requests.refund(gatewayPaymentId, 500, 1));
        expect(await gateway.findRefunds(requests.refund(gatewayPaymentId, 500, 1))).toEqual([{ ...made, number: 1 }]);
        expect(await gateway.findRefunds(requests.refund(gatewayPaymentId, 500, 2))).toEqual([]);
      });
    });

    describe('looking', () => {
      it('answers null for a payment the gateway does not know', async () => {
        const { gatewayPaymentId } = await paid();
        expect(await gateway.find(`${gatewayPaymentId.slice(0, -6)}ZZZZZZ`)).toBeNull();
      });

      it('lists what happened since, with our reference on the payment', async () => {
        const payment = await paid();
        const events = await listed(gateway, aMinuteAgo());
        expect(events).toContainEqual(
          expect.objectContaining({
            subject: 'payment',
            gatewayPaymentId: payment.gatewayPaymentId,
            reference: requests.reference,
          }),
        );
        expect(await listed(gateway, new Date(Date.now() + 60_000))).toEqual([]);
      });

      it('finds credentials and rights in order', async () => {
        const check = await gateway.check();
        expect(check).toMatchObject({ ok: true, mode: 'test' });
        expect(check.steps.length).toBeGreaterThan(0);
        expect(check.steps.every(({ ok, message }) => ok && message.length > 0)).toBe(true);
      });

      it('says which step fails when the key is expired, and recovers when it is not', async () => {
        await simulator.expireCredentials();
        const check = await gateway.check();
        expect(check.ok).toBe(false);
        expect(check.steps.filter(({ ok }) => !ok)).toMatchObject([{ stop: 'VendorUnauthorized' }]);
        expect(check.mode).toBeUndefined();
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

      it('open one page of a kind, take money once, and refund once', async () => {
        await both(() => gateway.checkout(requests.checkout));
        expect(await simulator.countCheckouts(requests.reference.invoiceId)).toBe(1);
        await both(() => gateway.setUpMethod(requests.setUp));
        expect(await simulator.countSetUps(requests.setUp.customer.id)).toBe(1);
        const method = await simulator.savedMethod('pays');
        const charge = await both(() => gateway.charge(requests.charge(method)));
        expect(charge).toMatchObject({ outcome: 'paid' });
        expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
        const { payment } = charge as Extract<typeof charge, { outcome: 'paid' }>;
        await both(() => gateway.refund(requests.refund(payment.gatewayPaymentId)));
        expect(await simulator.countRefunds(payment.gatewayPaymentId)).toBe(1);
      });
    });

    const given = () => ({ gateway, impatient: harness.impatient ?? gateway, simulator, requests });
    describeCharges(given);
    describeMethods(traits, given);
    describeFaults(traits, given);
  });
}
