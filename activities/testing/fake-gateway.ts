import { newId } from '#domain/ids.ts';
import { money } from '#domain/money/money.ts';
import type { GatewayName } from '#domain/vendors.ts';
import {
  refundOf,
  type CheckoutState,
  type Gateway,
  type RefundTry,
  type SettledPayment,
} from '#activities/gateways/gateway.ts';

/** Money as a gateway shows it. */
export const settled = (
  gatewayPaymentId: string,
  minor = 2_900,
  more: Partial<SettledPayment> & { currency?: string } = {},
): SettledPayment => {
  const { currency = 'EUR', ...rest } = more;
  return {
    gatewayPaymentId,
    amount: money(minor, currency),
    paidAt: new Date('2026-11-21T10:00:00Z'),
    reference: null,
    ...rest,
  };
};

export interface PretendGateway extends Gateway {
  pages: { id: string; state: CheckoutState }[];
  /** Every refund made, newest last. */
  made: (RefundTry & { refundId: string; key: string })[];
  /** How the next refunds go. */
  refundsAre: 'refunded' | 'pending' | 'failed' | 'refused';
  /** Pays on a page. */
  pay(page: string, payment: SettledPayment): void;
  setPage(page: string, state: CheckoutState): void;
  /** The bank does not take a refund that was made. */
  failRefund(gatewayRefundId: string): void;
}

/** Every method may be replaced by a test. */
export function pretendGateway(name: GatewayName): PretendGateway {
  const never = () => Promise.reject(new Error('not in these tests'));
  const stateOf = (id: string) => gateway.pages.find((page) => page.id === id)!;
  const gateway: PretendGateway = {
    name,
    account: 'main',
    capturesApproved: false,
    pages: [],
    made: [],
    refundsAre: 'refunded',
    pay: (id, payment) => gateway.setPage(id, { state: 'paid', payment }),
    setPage: (id, state) => Object.assign(stateOf(id), { state }),
    failRefund: (id) =>
      gateway.made
        .filter(({ gatewayRefundId }) => gatewayRefundId === id)
        .forEach((refund) => Object.assign(refund, { outcome: 'failed', reason: 'expired_or_canceled_card' })),
    checkout({ expiresAt }) {
      const id = `cs_${newId()}`;
      gateway.pages.push({ id, state: { state: 'open' } });
      return Promise.resolve({ checkoutId: id, url: `https://pay.example/${id}`, expiresAt });
    },
    settle: ({ checkoutId }) => Promise.resolve(stateOf(checkoutId).state),
    close({ checkoutId }) {
      const page = stateOf(checkoutId);
      if (page.state.state === 'open' || page.state.state === 'declined') page.state = { state: 'expired' };
      return Promise.resolve(page.state);
    },
    findCheckout: () => Promise.resolve(null),
    charge: never,
    settleCharge: never,
    setUpMethod: never,
    settleMethod: never,
    closeSetUp: never,
    findMethod: never,
    removeMethod: never,
    find(id) {
      const paid = gateway.pages.flatMap(({ state }) => (state.state === 'paid' ? [state.payment] : []));
      return Promise.resolve(paid.find(({ gatewayPaymentId }) => gatewayPaymentId === id) ?? null);
    },
    findRefunds: ({ refundId }) =>
      Promise.resolve(
        gateway.made
          .filter((refund) => refund.refundId === refundId)
          .map(({ refundId: _refund, key: _key, ...made }) => made),
      ),
    async refund({ refundId, number, key }) {
      const found = refundOf(await gateway.findRefunds({ refundId } as never), number);
      if (found) return found;
      if (gateway.refundsAre === 'refused') return { outcome: 'failed', reason: 'the charge is disputed' };
      const outcome = gateway.refundsAre;
      const made = { gatewayRefundId: `re_${newId()}`, number, refundId, key, outcome, reason: 'declined' };
      gateway.made.push(made as PretendGateway['made'][number]);
      return made as RefundTry;
    },
    async *listEvents() {},
    check: never,
  };
  return gateway;
}
