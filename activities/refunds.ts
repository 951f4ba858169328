import { describeMoney, money } from '#domain/money.ts';
import type { Stop } from '#domain/stop.ts';
import { audit } from '#db/audit.ts';
import { CreditNote, Invoice, Order, Payment, Refund } from '#db/entities/index.ts';
import { type Em, inTransaction, LOCKED } from '#db/orm.ts';
import type { RefundOutcome, RefundRequest } from './gateways/gateway.ts';
import { label } from './checkout.ts';
import { post } from './ledger.ts';
import type { ActivityParts } from './parts.ts';
import { openTask, tell } from './story.ts';
import { atGateway } from './where.ts';

const FINAL = ['pending', 'succeeded', 'canceled'];

export const createRefundActivities = ({
  orm,
  gateways,
  settings,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>) => ({
  /** Sends one requested refund; its row's key makes a repeat the same refund. */
  async sendRefund({ refundId, asOf }: { refundId: string; asOf: number }): Promise<void | Stop> {
    const em = orm.em.fork();
    const refund = await em.findOneOrFail(Refund, refundId);
    if (FINAL.includes(refund.status)) return;
    const payment = await em.findOneOrFail(Payment, refund.paymentId);
    const note = refund.creditNoteId ? await em.findOneOrFail(CreditNote, refund.creditNoteId) : null;
    const gateway = gateways.of(payment.gateway);
    const amount = money(refund.amountMinor, refund.currency);
    const answer = await atGateway(gateway.name, () =>
      gateway.refund({
        key: refund.key,
        refundId,
        env: settings.env,
        gatewayPaymentId: payment.gatewayPaymentId,
        amount,
        reason: refund.reason as RefundRequest['reason'],
        creditNoteNumber: note?.number,
      }),
    );
    await inTransaction(orm, (tx) => record(tx, refundId, answer, new Date(asOf)));
    if (answer.outcome !== 'failed') return;
    return {
      stop: 'RefundFailed',
      message: `${label(gateway.name)} did not refund ${describeMoney(amount)} of ${payment.gatewayPaymentId}: ${answer.reason}. Retry when the cause is gone, or keep it as credit.`,
      gateway: gateway.name,
      adapter: gateway.name,
    };
  },

  /** Staff gave up on a refund: the money stays with the customer as credit, and a task says so. */
  keepAsCredit: ({ refundId, asOf }: { refundId: string; asOf: number }): Promise<void> =>
    inTransaction(orm, async (em) => {
      const refund = await em.findOneOrFail(Refund, refundId);
      if (FINAL.includes(refund.status)) return;
      refund.status = 'canceled';
      refund.updatedAt = new Date(asOf);
      await openTask(
        em,
        {
          key: `refund-kept/${refundId}`,
          kind: 'refund_kept_as_credit',
          text: `${describeMoney(money(refund.amountMinor, refund.currency))} was not refunded and is credit of the customer.`,
          customerId: refund.customerId,
          paymentId: refund.paymentId,
        },
        new Date(asOf),
      );
    }),
});
export type RefundActivities = ReturnType<typeof createRefundActivities>;

/** What the gateway said about the refund, in row and ledger. */
async function record(em: Em, refundId: string, answer: RefundOutcome, asOf: Date): Promise<void> {
  const refund = await em.findOneOrFail(Refund, refundId, LOCKED);
  if (FINAL.includes(refund.status)) return;
  refund.updatedAt = asOf;
  refund.gatewayRefundId = answer.gatewayRefundId ?? null;
  if (answer.outcome === 'failed') {
    refund.status = 'requested';
    return;
  }
  refund.status = answer.outcome === 'refunded' ? 'succeeded' : 'pending';
  const payment = await em.findOneOrFail(Payment, refund.paymentId, LOCKED);
  payment.refundedMinor += refund.amountMinor;
  const amount = money(refund.amountMinor, refund.currency);
  post(em, {
    key: `refund/${refundId}`,
    kind: 'refund',
    customerId: refund.customerId ?? null,
    occurredAt: asOf,
    to: 'credit_balance',
    from: `gateway:${payment.gateway}/${payment.account}`,
    amount,
  });
  audit(em, {
    at: asOf,
    actor: { type: 'workflow' },
    action: 'payment.refunded',
    object: { type: 'payment', id: payment.id },
    customerId: refund.customerId ?? undefined,
    after: { amount: describeMoney(amount), gatewayRefundId: refund.gatewayRefundId },
  });
  await endAsRefunded(em, payment, refund, amount, asOf);
}

async function endAsRefunded(
  em: Em,
  payment: Payment,
  refund: Refund,
  amount: { minor: number; currency: string },
  asOf: Date,
) {
  const invoice = payment.invoiceId ? await em.findOne(Invoice, payment.invoiceId) : null;
  if (!invoice?.orderId) return;
  const order = await em.findOneOrFail(Order, invoice.orderId);
  if (order.status === 'canceled' && refund.creditNoteId) order.status = 'refunded';
  await tell(
    em,
    order,
    { key: `refund/${refund.id}`, kind: 'refunded', text: `${describeMoney(amount)} refunded` },
    asOf,
  );
}
