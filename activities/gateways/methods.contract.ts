/** The part of the gateway contract about stored methods: set up without a payment, looked at, charged, taken away. */
import { describe, expect, it } from '@jest/globals';
import { listed, sampleRequests, storedMethod, type GatewayTraits, type Given } from './gateway.harness.ts';

/** @param given  what the running test has: each has its own */
export function describeMethods(traits: GatewayTraits, given: () => Given): void {
  const open = async () => (await given().gateway.setUpMethod(given().requests.setUp)).checkoutId;
  const settle = (checkoutId: string) => given().gateway.settleMethod(given().requests.page(checkoutId));
  const close = (checkoutId: string) => given().gateway.closeSetUp(given().requests.page(checkoutId));
  const stored = () => storedMethod(given());
  const countMethods = () => given().simulator.countMethods(given().requests.setUp.customer.id);
  const aMinuteAgo = () => new Date(Date.now() - 60_000);
  /** Another set-up of the same customer. */
  const another = (gatewayCustomerId: string) => {
    const { setUp, ...more } = sampleRequests();
    const customer = { ...given().requests.setUp.customer, gatewayCustomerId };
    return { ...given(), requests: { ...more, setUp: { ...setUp, customer } } };
  };

  describe('a method set up without a payment', () => {
    it('has a page, and the same key opens no second one', async () => {
      const { gateway, simulator, requests } = given();
      const first = await gateway.setUpMethod(requests.setUp);
      const again = await gateway.setUpMethod(requests.setUp);
      expect(again.checkoutId).toBe(first.checkoutId);
      expect(first.url).toMatch(/^https?:\/\//);
      expect(first.gatewayCustomerId).toEqual(expect.any(String));
      expect(first.expiresAt.getTime()).toBeGreaterThan(Date.now());
      expect(await simulator.countSetUps(requests.setUp.customer.id)).toBe(1);
      expect(await settle(first.checkoutId)).toEqual({ state: 'open' });
    });

    it('is saved once the customer stored it, and can be charged without them', async () => {
      const { gateway, simulator, requests } = given();
      const method = await stored();
      expect(method).toMatchObject({
        methodId: expect.any(String),
        gatewayCustomerId: expect.any(String),
        kind: expect.any(String),
      });
      expect(await gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(1);
    });

    it('settles any number of times to one method', async () => {
      const checkoutId = await open();
      await given().simulator.storeMethod(checkoutId);
      const first = await settle(checkoutId);
      expect(first).toMatchObject({ state: 'saved' });
      expect(await settle(checkoutId)).toEqual(first);
      expect(await close(checkoutId)).toEqual(first);
      expect(await countMethods()).toBe(1);
    });

    it('says so, in words for the customer, when the method is refused', async () => {
      const { simulator } = given();
      const checkoutId = await open();
      await simulator.declineMethod(checkoutId);
      expect(await settle(checkoutId)).toMatchObject({
        state: traits.declineEndsSetUp ? 'expired' : 'declined',
        decline: { class: expect.any(String), code: expect.any(String), message: expect.stringMatching(/\w+ \w+/) },
      });
      expect(await countMethods()).toBe(0);
      if (traits.declineEndsSetUp) return;
      await simulator.storeMethod(checkoutId);
      expect(await settle(checkoutId)).toMatchObject({ state: 'saved' });
    });

    it('stays open when the customer goes back without storing one', async () => {
      const checkoutId = await open();
      await given().simulator.cancelSetUp(checkoutId);
      expect(await settle(checkoutId)).toEqual({ state: 'open' });
    });

    it('is expired when nobody stored one in time', async () => {
      const checkoutId = await open();
      await given().simulator.advance(traits.checkoutLifetimeMs + 1_000);
      expect(await settle(checkoutId)).toEqual({ state: 'expired' });
    });

    it('is closed by us, and closing it again changes nothing', async () => {
      const checkoutId = await open();
      expect(await close(checkoutId)).toEqual({ state: 'expired' });
      expect(await close(checkoutId)).toEqual({ state: 'expired' });
      expect(await countMethods()).toBe(0);
    });

    it('answers saved to a close when the customer was faster', async () => {
      const checkoutId = await open();
      await given().simulator.storeMethod(checkoutId);
      if (traits.settleTakesMoney) await settle(checkoutId);
      expect(await close(checkoutId)).toMatchObject({ state: 'saved' });
    });

    const whereSettleStores = traits.settleTakesMoney ? it : null;
    whereSettleStores?.('stores nothing at a close although the customer agreed', async () => {
      const checkoutId = await open();
      await given().simulator.storeMethod(checkoutId);
      expect(await close(checkoutId)).toEqual({ state: 'expired' });
      expect(await countMethods()).toBe(0);
    });

    it('is one of several of its customer, each charged and removed by itself', async () => {
      const { gateway, requests } = given();
      const first = await stored();
      const more = another(first.gatewayCustomerId);
      const second = await storedMethod(more);
      expect(second.gatewayCustomerId).toBe(first.gatewayCustomerId);
      expect(second.methodId).not.toBe(first.methodId);
      expect(await countMethods()).toBe(2);
      await gateway.removeMethod(requests.removal(first));
      expect(await gateway.findMethod(second.methodId)).toMatchObject({ methodId: second.methodId });
      expect(await gateway.charge(requests.charge(second))).toMatchObject({ outcome: 'paid' });
    });

    it('is told by events as ours, and as no payment', async () => {
      const { gateway, requests } = given();
      const { methodId, gatewayCustomerId } = await stored();
      const { env, setUpId, customer } = requests.setUp;
      const events = await listed(gateway, aMinuteAgo());
      expect(events.filter(({ subject }) => subject !== 'method')).toEqual([]);
      const about = events.filter((event) => event.methodId === methodId);
      expect(about).toContainEqual(expect.objectContaining({ gatewayCustomerId }));
      expect(about.every(({ reference, gatewayPaymentId }) => !reference && !gatewayPaymentId)).toBe(true);
      const told = events.flatMap(({ setUp }) => setUp ?? []);
      expect(told.length).toBeGreaterThan(0);
      for (const setUp of told) {
        expect(setUp).toEqual({ env, customerId: customer.id, ...(traits.tellsSetUp ? { setUpId } : {}) });
      }
    });
  });

  describe('a stored method', () => {
    it('is found as it was saved, and not under another id', async () => {
      const { gateway } = given();
      const method = await stored();
      expect(await gateway.findMethod(method.methodId)).toEqual(method);
      expect(await gateway.findMethod(`${method.methodId.slice(0, -6)}ZZZZZZ`)).toBeNull();
      expect(await gateway.findMethod('')).toBeNull();
      expect(await gateway.findMethod('../v1/balance')).toBeNull();
    });

    it('is removed once, however often it is asked, and never charged again', async () => {
      const { gateway, simulator, requests } = given();
      const method = await stored();
      await gateway.removeMethod(requests.removal(method));
      await gateway.removeMethod(requests.removal(method));
      await gateway.removeMethod({ ...requests.removal(method), key: 'sandbox:rm:another' });
      expect(await gateway.findMethod(method.methodId)).toBeNull();
      expect(await gateway.charge(requests.charge(method))).toMatchObject({
        outcome: 'declined',
        decline: { class: 'hard' },
      });
      expect(await simulator.countPayments(requests.reference.invoiceId)).toBe(0);
      const removed = (await listed(gateway, aMinuteAgo())).filter(({ type }) => /detached|DELETED/.test(type));
      expect(removed).toMatchObject([{ subject: 'method', methodId: method.methodId }]);
    });

    it('that the gateway never knew is gone already', async () => {
      const { methodId } = await stored();
      const unknown = { methodId: `${methodId.slice(0, -6)}zzzzzz` };
      await given().gateway.removeMethod(given().requests.removal(unknown));
      expect(await countMethods()).toBe(1);
    });

    it('that was taken away without us is gone, and a hard decline', async () => {
      const { gateway, simulator, requests } = given();
      const method = await stored();
      await simulator.revokeMethod(method.methodId);
      expect(await gateway.findMethod(method.methodId)).toBeNull();
      expect(await gateway.charge(requests.charge(method))).toMatchObject({
        outcome: 'declined',
        decline: { class: 'hard' },
      });
      expect(await listed(gateway, aMinuteAgo())).toContainEqual(
        expect.objectContaining({ subject: 'method', type: expect.stringMatching(/detached|DELETED/) }),
      );
    });

    it.each([
      { behaviour: 'declines' as const, outcome: 'declined' },
      { behaviour: 'asks' as const, outcome: 'action_required' },
    ])('that $behaviour from its second charge on pays the first', async ({ behaviour, outcome }) => {
      const { gateway, simulator, requests } = given();
      const method = await stored();
      await simulator.planCharges(method.methodId, 2, behaviour);
      expect(await gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
      const renewal = sampleRequests();
      expect(await gateway.charge(renewal.charge(method))).toMatchObject({ outcome });
      expect(await gateway.charge(renewal.charge(method))).toMatchObject({ outcome });
      expect(await simulator.countPayments(renewal.reference.invoiceId)).toBe(0);
    });
  });
}
