/** The part of the gateway contract about a stored method that is charged without the customer. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { paidCheckout, sampleRequests, type Given } from './gateway.harness.ts';

/** @param given  what the running test has: each has its own */
export function describeCharges(given: () => Given): void {
  describe('a charge without the customer', () => {
    it('takes the money once, however often it is asked with one key', async () => {
      const { gateway, simulator, requests } = given();
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
      const { gateway } = given();
      const { method } = await paidCheckout(given());
      const renewal = sampleRequests();
      expect(await gateway.charge(renewal.charge(method!))).toMatchObject({ outcome: 'paid' });
    });

    it('answers a decline as a value, again for the same key, and takes nothing', async () => {
      const { gateway, simulator, requests } = given();
      const method = await simulator.savedMethod('declines');
      const declined = { outcome: 'declined', decline: { class: expect.any(String), message: expect.any(String) } };
      expect(await gateway.charge(requests.charge(method))).toMatchObject(declined);
      expect(await gateway.charge(requests.charge(method))).toMatchObject(declined);
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
    });

    it('asks for the customer when the bank wants to see them', async () => {
      const { gateway, simulator, requests } = given();
      const method = await simulator.savedMethod('asks');
      expect(await gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'action_required' });
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
    });

    it.each([
      { how: 'paid' as const, payments: 1 },
      { how: 'declined' as const, payments: 0 },
    ])('whose money comes later is asked for without charging again, and ends $how', async ({ how, payments }) => {
      const { gateway, simulator, requests } = given();
      const method = await simulator.savedMethod('waits');
      const { key } = requests.charge(method);
      const made = await gateway.charge(requests.charge(method));
      expect(made).toMatchObject({ outcome: 'pending', reason: expect.stringMatching(/\w/) });
      const { gatewayPaymentId } = made as Extract<typeof made, { outcome: 'pending' }>;
      const settle = () => gateway.settleCharge({ gatewayPaymentId, key, method });
      // Longer than any gateway remembers the key.
      await simulator.advance(30 * 3_600_000);
      expect(await settle()).toEqual(made);
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      await simulator.endCharge(gatewayPaymentId, how);
      expect(await settle()).toMatchObject(
        how === 'paid'
          ? { outcome: 'paid', payment: { gatewayPaymentId, amount: requests.amount, reference: requests.reference } }
          : { outcome: 'declined', decline: { class: expect.any(String) }, gatewayPaymentId },
      );
      expect(await settle()).toMatchObject({ outcome: how });
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(payments);
    });

    it('succeeds with a new attempt after a declined one', async () => {
      const { gateway, simulator, requests } = given();
      await gateway.charge(requests.charge(await simulator.savedMethod('declines')));
      const second = { ...requests.charge(await simulator.savedMethod('pays'), 2), attemptId: randomUUID() };
      expect(await gateway.charge(second)).toMatchObject({ outcome: 'paid' });
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
    });
  });
}
