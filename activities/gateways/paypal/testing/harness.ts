/** An adapter against its simulator over real HTTP, for the tests of this folder. */
import { listen } from '#activities/simulation/simulator.ts';
import {
  sampleRequests,
  TEST_TIMEOUT_MS,
  type GatewayHarness,
  type MethodBehaviour,
} from '#activities/gateways/gateway.harness.ts';
import { createPaypalGateway, type PaypalConfig, type PaypalGateway } from '../adapter.ts';
import { createPaypalSimulator, type PaypalSimulator } from '../simulator/simulator.ts';
import type { OrderPlan, OrderRow } from '../simulator/world.ts';

export const CREDENTIALS = { clientId: 'AZ-test-client-id', clientSecret: 'EB-test-client-secret' };
export const WEBHOOK_ID = '8PT597110X687430LKGECATA';

export interface PaypalHarness extends GatewayHarness {
  gateway: PaypalGateway;
  paypal: PaypalSimulator;
  url: string;
  config: PaypalConfig;
  /** A control request; answers the parsed body. */
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** A button of the buyer's page; answers where the buyer is sent. */
  press(button: string, checkoutId: string): Promise<string>;
  /** A button of the page on which a wallet is stored; `email` names the PayPal account. */
  answer(button: string, setupId: string, form?: { email?: string }): Promise<string>;
}

export async function startPaypal(options: { stateFile?: string; webhookUrl?: string } = {}): Promise<PaypalHarness> {
  const paypal = createPaypalSimulator({ ...CREDENTIALS, webhookId: WEBHOOK_ID, ...options });
  const server = await listen(paypal.app);
  const config: PaypalConfig = {
    account: 'main',
    environment: 'simulator',
    ...CREDENTIALS,
    webhookId: WEBHOOK_ID,
    baseURL: server.url,
    brandName: 'Hostwright',
    now: () => paypal.clock.now(),
  };

  const control: PaypalHarness['control'] = async (method, path, body) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as never;
  };
  const submit = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    const response = await fetch(`${server.url}${path}`, { method: 'POST', body, redirect: 'manual' });
    if (response.status !== 303) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.headers.get('location') ?? '';
  };
  const press = (button: string, checkoutId: string) => submit(`/checkoutnow/${button}`, { token: checkoutId });
  const answer = (button: string, setupId: string, form: Record<string, string> = {}) =>
    submit(`/agreements/${button}`, { id: setupId, ...form });
  const shownOrder = async (reference: string) => {
    const { orders } = await control<{ orders: ShownOrder[] }>('GET', `/_sim/orders?reference=${reference}`);
    return orders;
  };
  const captureOf = async (checkoutId: string) => {
    const { capture } = await control<{ capture?: { id: string } }>('GET', `/_sim/orders/${checkoutId}`);
    return capture?.id ?? '';
  };

  return {
    gateway: createPaypalGateway(config),
    impatient: createPaypalGateway({ ...config, timeoutMs: TEST_TIMEOUT_MS }),
    paypal,
    url: server.url,
    config,
    control,
    press,
    answer,
    simulator: {
      url: server.url,
      plan: paypal.faults.plan,
      clearFaults: paypal.faults.clear,
      advance: paypal.clock.advance,
      expireCredentials: () => control('PUT', '/_sim/credentials', { clientSecret: 'another-secret' }),
      restoreCredentials: () => control('PUT', '/_sim/credentials', CREDENTIALS),
      payCheckout: async (id) => void (await press('pay', id)),
      declineCheckout: async (id) => void (await press('decline', id)),
      cancelCheckout: async (id) => void (await press('cancel', id)),
      payTwice: async (id) => void (await press('pay-twice', id)),
      payLater: async (id) => void (await press('pay-later', id)),
      moneyArrives: async (id) => control('POST', `/_sim/captures/${await captureOf(id)}/complete`),
      failRefund: async (id) => void (await control('POST', `/_sim/refunds/${id}/fail`)),
      endCharge: (id, how) => control('POST', `/_sim/captures/${id}/${how === 'paid' ? 'complete' : 'decline'}`),
      savedMethod: async (behaviour) => {
        const wallet = await control<{ id: string; customer: { id: string } }>('POST', '/_sim/wallets', {
          behaviour: BEHAVIOUR[behaviour],
        });
        return { methodId: wallet.id, gatewayCustomerId: wallet.customer.id };
      },
      storeMethod: async (id) => void (await answer('agree', id)),
      declineMethod: async (id) => void (await answer('decline', id)),
      cancelSetUp: async (id) => void (await answer('cancel', id)),
      revokeMethod: (id) => control('DELETE', `/_sim/wallets/${id}`),
      planCharges: (id, from, behaviour) =>
        control('PUT', `/_sim/wallets/${id}`, { behaviour: BEHAVIOUR[behaviour], from }),
      countSetUps: async (customer) =>
        (await control<{ count: number }>('GET', `/_sim/setups?customer=${customer}`)).count,
      countMethods: async (customer) =>
        (await control<{ count: number }>('GET', `/_sim/wallets?customer=${customer}`)).count,
      countPayments: async (invoiceId) =>
        (await control<{ count: number }>('GET', `/_sim/payments?reference=${invoiceId}`)).count,
      countCheckouts: async (invoiceId) => (await shownOrder(invoiceId)).length,
      countRefunds: async (captureId) =>
        (await control<{ refunds: unknown[] }>('GET', `/_sim/orders/${captureId}`)).refunds.length,
    },
    async close() {
      paypal.stop();
      await server.close();
    },
  };
}

interface ShownOrder {
  id: string;
}

const BEHAVIOUR: Record<MethodBehaviour, string> = {
  pays: 'COMPLETED',
  declines: 'INSTRUMENT_DECLINED',
  asks: 'PAYER_ACTION_REQUIRED',
  waits: 'PENDING',
};

/** One customer's dealings in a test: a sample order, and what happens to it. */
export function dealWith(paypal: PaypalHarness) {
  const { gateway, control, press, simulator } = paypal;
  const requests = sampleRequests();
  const settled = async (checkoutId: string) => {
    const state = await gateway.settle(requests.handle(checkoutId));
    if (state.state !== 'paid') throw new Error(`it is ${state.state}`);
    return state.payment;
  };
  const plan = (id: string, wanted: OrderPlan) => control('PUT', `/_sim/orders/${id}/plan`, wanted);
  /** A checkout whose buyer agreed, and whose capture goes as planned. */
  const approved = async (planned: OrderPlan = {}) => {
    const { checkoutId } = await gateway.checkout(requests.checkout);
    await press('pay', checkoutId);
    await plan(checkoutId, planned);
    return checkoutId;
  };
  return {
    requests,
    plan,
    approved,
    settled,
    paid: async () => settled(await approved()),
    row: (id: string) => control<OrderRow>('GET', `/_sim/orders/${id}`),
    calls: (path: string) => paypal.paypal.faults.calls().filter((call) => call.path === path),
    /** Payments of the sample invoice for which money moved. */
    counted: () => simulator.countPayments(requests.reference.invoiceId),
  };
}
export type Dealings = ReturnType<typeof dealWith>;
