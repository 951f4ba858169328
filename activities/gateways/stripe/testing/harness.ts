/** The adapter and its simulator together, for tests: over real HTTP. */
import { listen } from '#activities/simulation/simulator.ts';
import type { ChargeRequest } from '#activities/gateways/gateway.ts';
import { TEST_TIMEOUT_MS, type GatewayHarness, type MethodBehaviour } from '#activities/gateways/gateway.contract.ts';
import { createStripeGateway, type StripeConfig } from '../adapter.ts';
import type { StripeCall } from '../wire/client.ts';
import { createStripeSimulator, type StripeSimulatorConfig } from '../simulator/simulator.ts';
import type { PayAnswer } from '../simulator/page.ts';

export const SECRET_KEY = 'sk_test_simulated';
export const WEBHOOK_SECRET = 'whsec_simulated';

const AUTHENTICATE = { code: 'authentication_required', decline_code: 'authentication_required' };
const PLANS: Record<MethodBehaviour, object | null> = {
  pays: null,
  declines: { decline: { code: 'card_declined', decline_code: 'insufficient_funds' } },
  asks: { decline: AUTHENTICATE },
  waits: null,
};
const METHODS: Record<MethodBehaviour, string> = {
  pays: 'pm_card_visa',
  declines: 'pm_card_chargeCustomerFail',
  asks: 'pm_card_authenticationRequired',
  waits: 'pm_sepa_debit',
};

export async function startStripe(config: Partial<StripeSimulatorConfig> = {}) {
  const stripe = createStripeSimulator({ secretKey: SECRET_KEY, webhookSecret: WEBHOOK_SECRET, ...config });
  const running = await listen(stripe.app);
  const calls: StripeCall[] = [];
  const adapter = (more: Partial<StripeConfig> = {}) =>
    createStripeGateway({
      account: 'main',
      secretKey: SECRET_KEY,
      baseURL: running.url,
      now: stripe.simulator.clock.now,
      onCall: (call) => calls.push(call),
      ...more,
    });

  /** An adapter whose customer does something while it closes a page. */
  const adapterWhile = (customerActs: () => Promise<unknown>) =>
    adapter({
      fetch: async (input, init) => {
        if (String(input).endsWith('/expire')) await customerActs();
        return fetch(input, init);
      },
    });

  /** What a browser sends from the page. */
  const press = async (path: string, form: Record<string, string>): Promise<PayAnswer> => {
    const body = new URLSearchParams(form);
    const response = await fetch(`${running.url}${path}`, {
      method: 'POST',
      body,
      headers: { accept: 'application/json' },
    });
    return (await response.json()) as PayAnswer;
  };
  const onPage = (checkoutId: string, form: Record<string, string>) => press(`/c/pay/${checkoutId}`, form);

  /** The vendor's own API, as its dashboard would use it. */
  const api = async <T = { id: string }>(path: string, form: Record<string, string> = {}): Promise<T> => {
    const headers = { authorization: `Bearer ${SECRET_KEY}` };
    const response = await fetch(`${running.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
    return (await response.json()) as T;
  };
  const control = async <T>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<T> => {
    const init = { method, headers: { 'content-type': 'application/json' } };
    const response = await fetch(
      `${running.url}/_sim${path}`,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const keepMethod = async (testName: string): Promise<ChargeRequest['method']> => {
    const { id: gatewayCustomerId } = await api('/v1/customers', { email: 'ada@example.com' });
    const { id: methodId } = await api(`/v1/payment_methods/${testName}/attach`, { customer: gatewayCustomerId });
    return { methodId, gatewayCustomerId };
  };
  const count = async (path: string) => (await control<{ count: number }>(path)).count;

  const harness: GatewayHarness = {
    gateway: adapter(),
    impatient: adapter({ timeoutMs: TEST_TIMEOUT_MS }),
    simulator: {
      url: running.url,
      plan: (fault) => stripe.simulator.faults.plan(fault),
      clearFaults: () => stripe.simulator.faults.clear(),
      advance: (ms) => stripe.advance(ms),
      expireCredentials: () => stripe.simulator.faults.plan({ kind: 'unauthorized', path: '^/v1/' }),
      restoreCredentials: () => stripe.simulator.faults.clear(),
      payCheckout: async (id) => void (await onPage(id, { action: 'pay' })),
      declineCheckout: async (id) => void (await onPage(id, { action: 'decline' })),
      cancelCheckout: async (id) => void (await onPage(id, { action: 'cancel' })),
      payTwice: async (id) => void (await onPage(id, { action: 'twice' })),
      payLater: async (id) => void (await onPage(id, { action: 'debit' })),
      moneyArrives: (id) => control(`/money/${id}`, { arrived: true }),
      failRefund: async (id) => void (await control(`/refunds/${id}`, { status: 'failed' })),
      endCharge: async (id, how) => void (await control(`/money/${id}`, { arrived: how === 'paid' })),
      savedMethod: (behaviour) => keepMethod(METHODS[behaviour]),
      storeMethod: async (id) => void (await onPage(id, { action: 'pay' })),
      declineMethod: async (id) => void (await onPage(id, { action: 'decline' })),
      cancelSetUp: async (id) => void (await onPage(id, { action: 'cancel' })),
      revokeMethod: async (id) => void (await api(`/v1/payment_methods/${id}/detach`)),
      planCharges: (id, from, behaviour) => {
        const plan = PLANS[behaviour];
        return control(`/methods/${id}`, plan && { ...plan, from }, 'PUT');
      },
      countSetUps: (customer) => count(`/set-ups?customer=${customer}`),
      countMethods: (customer) => count(`/methods?customer=${customer}`),
      countPayments: (invoiceId) => count(`/payments?invoice=${invoiceId}`),
      countCheckouts: (invoiceId) => count(`/checkouts?invoice=${invoiceId}`),
      countRefunds: (payment) => count(`/refunds?payment=${payment}`),
    },
    async close() {
      stripe.stop();
      await running.close();
    },
  };
  return { ...harness, harness, adapter, adapterWhile, calls, stripe, onPage, press, api, control, keepMethod };
}
