import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { money } from '#domain/money/money.ts';
import { sampleRequests } from '#activities/gateways/gateway.contract.ts';
import type { ChargeOutcome, DeclineClass } from '#activities/gateways/gateway.ts';
import { SECRET_KEY, startStripe } from '../testing/harness.ts';
import { DECLINE_CODES } from './declines.ts';

const DAY = 86_400_000;
const CONFIRM = '/confirm$';
const CREATE = '^/v1/payment_intents$';

describe('a Stripe charge', () => {
  let stripe: Awaited<ReturnType<typeof startStripe>>;
  let requests: ReturnType<typeof sampleRequests>;
  beforeEach(async () => {
    stripe = await startStripe();
    requests = sampleRequests();
  });
  afterEach(() => stripe.close());

  const payments = () => stripe.simulator.countPayments(requests.reference.invoiceId);
  const idOf = (outcome: ChargeOutcome) => (outcome as { gatewayPaymentId?: string }).gatewayPaymentId!;

  it.each<{ card: string; name: DeclineClass; code: string }>([
    { card: 'visa_chargeDeclined', name: 'soft', code: 'generic_decline' },
    { card: 'visa_chargeDeclinedInsufficientFunds', name: 'soft', code: 'insufficient_funds' },
    { card: 'visa_chargeDeclinedLostCard', name: 'hard', code: 'lost_card' },
    { card: 'visa_chargeDeclinedStolenCard', name: 'hard', code: 'stolen_card' },
    { card: 'chargeDeclinedExpiredCard', name: 'fix_data', code: 'expired_card' },
    { card: 'chargeDeclinedIncorrectCvc', name: 'fix_data', code: 'incorrect_cvc' },
    { card: 'chargeDeclinedProcessingError', name: 'technical', code: 'processing_error' },
    { card: 'chargeCustomerFail', name: 'soft', code: 'generic_decline' },
  ])('of pm_card_$card is declined as $name', async ({ card, name, code }) => {
    const outcome = await stripe.gateway.charge(requests.charge(await stripe.keepMethod(`pm_card_${card}`)));
    expect(outcome).toMatchObject({
      outcome: 'declined',
      decline: { class: name, code },
      gatewayPaymentId: expect.stringMatching(/^pi_/),
    });
    expect(await payments()).toBe(0);
  });

  it('of a card that was authenticated once is paid without the cardholder', async () => {
    const method = await stripe.keepMethod('pm_card_authenticationRequiredOnSetup');
    expect(await stripe.gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
  });

  it('that needs the cardholder is given up at Stripe, so that only the checkout can be paid', async () => {
    const request = requests.charge(await stripe.keepMethod('pm_card_authenticationRequired'));
    const outcome = await stripe.gateway.charge(request);
    expect(outcome).toMatchObject({ outcome: 'action_required' });
    expect(stripe.stripe.world.pi.get(idOf(outcome))).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'abandoned',
    });
    expect(await stripe.gateway.charge(request)).toEqual(outcome);
  });

  it('is pending with a debit, and found when its money is here', async () => {
    const outcome = await stripe.gateway.charge(requests.charge(await stripe.keepMethod('pm_sepa_debit')));
    expect(outcome).toMatchObject({ outcome: 'pending' });
    expect(await stripe.gateway.find(idOf(outcome))).toBeNull();
    await stripe.control(`/money/${idOf(outcome)}`, { arrived: true });
    expect(await stripe.gateway.find(idOf(outcome))).toMatchObject({ amount: requests.amount });
    expect(await payments()).toBe(1);
  });

  const debit = () => stripe.keepMethod('pm_sepa_debit');
  const plan = (methodId: string, decline: object, from = 1) =>
    stripe.control(`/methods/${methodId}`, { from, decline }, 'PUT');

  it('with a debit is paid a week later, by itself', async () => {
    const request = requests.charge(await debit());
    const outcome = await stripe.gateway.charge(request);
    stripe.stripe.advance(6 * DAY);
    expect(await stripe.gateway.charge(request)).toEqual(outcome);
    stripe.stripe.advance(DAY + 1_000);
    expect(await stripe.gateway.charge(request)).toMatchObject({
      outcome: 'paid',
      payment: { gatewayPaymentId: idOf(outcome), amount: requests.amount, reference: requests.reference },
    });
    expect(await payments()).toBe(1);
  });

  it.each<{ code: string; name: DeclineClass }>([
    { code: 'insufficient_funds', name: 'soft' },
    { code: 'debit_not_authorized', name: 'hard' },
    { code: 'bank_account_closed', name: 'hard' },
  ])('with a debit that its bank refuses for $code is declined as $name a week later', async ({ code, name }) => {
    const method = await debit();
    await plan(method.methodId, { code: 'payment_method_provider_decline', decline_code: code });
    const request = requests.charge(method);
    const outcome = await stripe.gateway.charge(request);
    expect(outcome).toMatchObject({ outcome: 'pending' });
    stripe.stripe.advance(7 * DAY + 1_000);
    expect(await stripe.gateway.charge(request)).toMatchObject({
      outcome: 'declined',
      decline: { class: name, code },
      gatewayPaymentId: idOf(outcome),
    });
    expect(await stripe.gateway.find(idOf(outcome))).toBeNull();
    const types = stripe.stripe.world.evt.all().map(({ type }) => type);
    expect(types.filter((type) => type === 'payment_intent.payment_failed')).toHaveLength(1);
  });

  const everyCode = DECLINE_CODES.flatMap(([name, codes]) => codes.map((code) => ({ code, name })));
  it.each(everyCode.filter(({ name }) => name !== 'authentication'))(
    'that the bank declines with $code comes through as $name',
    async ({ code, name }) => {
      const method = await stripe.keepMethod('pm_card_visa');
      await plan(method.methodId, { code: 'card_declined', decline_code: code });
      const declined = { outcome: 'declined', decline: { class: name, code, message: expect.any(String) } };
      expect(await stripe.gateway.charge(requests.charge(method))).toMatchObject(declined);
    },
  );

  it.each([
    { code: 'authentication_required' },
    { code: 'card_declined', decline_code: 'authentication_required' },
    { code: 'authentication_required', decline_code: 'generic_decline' },
  ])('that wants the cardholder, said as %j, is handed to them', async (decline) => {
    const method = await stripe.keepMethod('pm_card_visa');
    await plan(method.methodId, decline);
    expect(await stripe.gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'action_required' });
    expect(await payments()).toBe(0);
  });

  it('of a card is paid until the end of its month, declined after it, and paid again once the updater knows the next', async () => {
    const method = await stripe.keepMethod('pm_card_visa');
    const now = stripe.stripe.simulator.clock.now();
    const ends = { exp_month: now.getUTCMonth() + 1, exp_year: now.getUTCFullYear() };
    await stripe.control(`/methods/${method.methodId}/update`, ends);
    expect(await stripe.gateway.charge(requests.charge(method))).toMatchObject({ outcome: 'paid' });
    stripe.stripe.advance(Date.UTC(ends.exp_year, ends.exp_month) - now.getTime());
    const renewal = sampleRequests();
    expect(await stripe.gateway.charge(renewal.charge(method))).toMatchObject({
      outcome: 'declined',
      decline: { class: 'fix_data', code: 'expired_card', message: 'Your card has expired. Please use another card.' },
    });
    await stripe.control(`/methods/${method.methodId}/update`, { exp_year: ends.exp_year + 4 });
    const next = { ...renewal.charge(method, 2), attemptId: randomUUID() };
    expect(await stripe.gateway.charge(next)).toMatchObject({
      outcome: 'paid',
      payment: { method: { expYear: ends.exp_year + 4, fingerprint: expect.any(String) } },
    });
  });

  it('of a card that is reported stolen before its third renewal pays the first two', async () => {
    const method = await stripe.keepMethod('pm_card_visa');
    await plan(method.methodId, { code: 'card_declined', decline_code: 'stolen_card' }, 3);
    const outcomes = [];
    for (let n = 0; n < 4; n += 1) outcomes.push(await stripe.gateway.charge(sampleRequests().charge(method)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['paid', 'paid', 'declined', 'declined']);
    expect(outcomes[2]).toMatchObject({ decline: { class: 'hard', code: 'stolen_card' } });
  });

  it('takes the method it names of a customer who has several, and none of another customer', async () => {
    const good = await stripe.keepMethod('pm_card_visa');
    const { gatewayCustomerId: customer } = good;
    const { id: bad } = await stripe.api('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer });
    const first = requests.charge({ methodId: bad, gatewayCustomerId: customer });
    expect(await stripe.gateway.charge(first)).toMatchObject({ outcome: 'declined', decline: { class: 'soft' } });
    const second = { ...requests.charge(good, 2), attemptId: randomUUID() };
    expect(await stripe.gateway.charge(second)).toMatchObject({
      outcome: 'paid',
      payment: { method: { methodId: good.methodId } },
    });
    const stranger = await stripe.keepMethod('pm_card_visa');
    const third = sampleRequests().charge({ methodId: stranger.methodId, gatewayCustomerId: customer });
    expect(await stripe.gateway.charge(third)).toMatchObject({ outcome: 'declined', decline: { class: 'hard' } });
  });

  it.each(['detached', 'deleted with its customer', 'never known'])(
    'of a method that was %s is a hard decline: only another method helps',
    async (how) => {
      const method = await stripe.keepMethod('pm_card_visa');
      if (how === 'detached') await stripe.api(`/v1/payment_methods/${method.methodId}/detach`);
      if (how === 'never known') method.methodId = 'pm_1NeverKnown';
      if (how === 'deleted with its customer') {
        const headers = { authorization: `Bearer ${SECRET_KEY}` };
        await fetch(`${stripe.simulator.url}/v1/customers/${method.gatewayCustomerId}`, { method: 'DELETE', headers });
      }
      const outcome = await stripe.gateway.charge(requests.charge(method));
      expect(outcome).toMatchObject({ outcome: 'declined', decline: { class: 'hard' } });
    },
  );

  it.each([
    { path: CREATE, what: 'creation' },
    { path: CONFIRM, what: 'confirmation' },
  ])(
    'stays one when the answer to its $what is lost and the repeat comes after the key is forgotten',
    async ({ path }) => {
      const request = requests.charge(await stripe.keepMethod('pm_card_visa'));
      await stripe.simulator.plan({ kind: 'lost-answer', method: 'POST', path });
      await expect(stripe.gateway.charge(request)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
      await stripe.simulator.clearFaults();
      stripe.stripe.advance(2 * DAY);
      expect(await stripe.gateway.charge(request)).toMatchObject({ outcome: 'paid' });
      expect(await payments()).toBe(1);
      expect(stripe.stripe.world.pi.all()).toHaveLength(1);
    },
  );

  it.each([
    { path: CREATE, after: true },
    { path: CREATE, after: false },
    { path: CONFIRM, after: true },
    { path: CONFIRM, after: false },
  ])('converges when Stripe keeps a 500 at $path (after the effect: $after)', async ({ path, after }) => {
    const request = requests.charge(await stripe.keepMethod('pm_card_visa'));
    await stripe.control('/stored-errors', { path, after });
    await expect(stripe.gateway.charge(request)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    expect(await stripe.gateway.charge(request)).toMatchObject({ outcome: 'paid' });
    expect(await payments()).toBe(1);
    expect(stripe.stripe.world.pi.all()).toHaveLength(1);
  });

  it('replays a decline for its key, as Stripe does, and is free to try with a new one', async () => {
    const method = await stripe.keepMethod('pm_card_visa_chargeDeclinedInsufficientFunds');
    const intent = { amount: '1299', currency: 'eur', customer: method.gatewayCustomerId };
    const body = { ...intent, payment_method: method.methodId, confirm: 'true', off_session: 'true' };
    const post = (key: string) =>
      fetch(`${stripe.simulator.url}/v1/payment_intents`, {
        method: 'POST',
        headers: { authorization: `Bearer ${SECRET_KEY}`, 'idempotency-key': key },
        body: new URLSearchParams(body),
      });
    const [first, second] = [await post('k1'), await post('k1')];
    expect([first.status, second.status]).toEqual([402, 402]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await second.text()).toBe(await first.text());
    expect((await post('k2')).headers.get('idempotent-replayed')).toBeNull();
    expect(stripe.stripe.world.pi.all()).toHaveLength(2);
  });

  it('refuses another amount for the same attempt, and takes nothing', async () => {
    const request = requests.charge(await stripe.keepMethod('pm_card_visa_chargeDeclined'));
    await stripe.gateway.charge(request);
    await expect(stripe.gateway.charge({ ...request, amount: money(2599, 'EUR') })).rejects.toMatchObject({
      name: 'VendorRefused',
      message: expect.stringContaining('with another amount than EUR 25.99'),
    });
  });

  it('refuses a key that was used for another attempt', async () => {
    const method = await stripe.keepMethod('pm_card_visa');
    await stripe.gateway.charge(requests.charge(method));
    const other = { ...requests.charge(method), attemptId: randomUUID() };
    await expect(stripe.gateway.charge(other)).rejects.toMatchObject({ name: 'VendorRefused' });
    expect(await payments()).toBe(1);
  });

  it('tells a second run that the first is under way, and ends as one', async () => {
    const request = requests.charge(await stripe.keepMethod('pm_card_visa'));
    await stripe.control('/work', { ms: 60 }, 'PUT');
    const results = await Promise.allSettled([stripe.gateway.charge(request), stripe.gateway.charge(request)]);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    expect(refused).toEqual([expect.objectContaining({ name: 'OutcomeUnknown' })]);
    expect(refused[0]!.message).toContain('409 idempotency_key_in_use');
    expect(await stripe.gateway.charge(request)).toMatchObject({ outcome: 'paid' });
    expect(await payments()).toBe(1);
  });

  it('asks for no payment under an id that is none', async () => {
    const request = requests.charge({ methodId: 'pm_1', gatewayCustomerId: 'cus_1' });
    for (const gatewayPaymentId of ['', 'ch_1', 'pi_../balance']) {
      await expect(stripe.gateway.settleCharge({ ...request, gatewayPaymentId })).rejects.toMatchObject({
        name: 'VendorRefused',
      });
    }
    expect(stripe.calls).toEqual([]);
  });

  it('finds no payment under an id that is not one, without asking Stripe', async () => {
    for (const id of ['', 'ch_1', 'pi_../balance']) expect(await stripe.gateway.find(id)).toBeNull();
    expect(stripe.calls).toEqual([]);
  });
});
