import { describeMoney } from '#domain/money/money.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { Invoice, License, Order, Payment, Refund, Service, ServiceSecret, Subscription } from '#db/entities/index.ts';
import { type Em, flush, inTransaction, LOCKED } from '#db/orm.ts';
import { closePages, endOrder } from '../money/checkout/close-pages.ts';
import { writeCreditNote } from '../money/ledger/credit-notes.ts';
import { post } from '../money/ledger/ledger.ts';
import { releaseSlot } from '../services/placement/slots.ts';
import type { ActivityParts } from '../parts.ts';
import { requestRefund } from '../money/refunds/refund-books.ts';
import { openTask } from '#db/desk/tasks.ts';

export const createUndoActivities = ({
  orm,
  gateways,
  settings,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>) => ({
  /**
   * Takes an order back in our books, whole or not at all: license revoked, slot released, service, subscription and
   * order ended, the paid invoice credited, an unpaid one void, and all money that came for it requested back.
   * @returns the refunds that `sendRefund` has to carry out
   */
  async undoBooks({
    orderId,
    because,
    asOf,
  }: {
    orderId: string;
    because: string;
    asOf: number;
  }): Promise<{ refunds: string[] } | Stop> {
    const { pending } = await closePages({ orm, gateways, settings }, orderId, asOf);
    if (pending) return pending;
    return await inTransaction(orm, async (em) => {
      // Invoice before order, as everywhere: two that lock them never wait for each other.
      const invoice = await em.findOneOrFail(Invoice, { orderId, kind: 'initial' }, LOCKED);
      const order = await em.findOneOrFail(Order, orderId, LOCKED);
      if (order.endedAt) return { refunds: await unsent(em, invoice.id) };
      const now = new Date(asOf);
      await endService(em, orderId, now);
      await endOrder(em, order, { action: 'order.undone', because, now });
      await refundUnallocated(em, invoice.id, now);
      if (invoice.status === 'paid' && invoice.paidMinor > 0)
        await refundInvoice(em, invoice, settings.billingZone, now);
      await flush(em);
      return { refunds: await unsent(em, invoice.id) };
    });
  },
});
export type UndoActivities = ReturnType<typeof createUndoActivities>;

/** Also those of a second payment that nobody has sent yet, and those that failed. */
async function unsent(em: Em, invoiceId: string): Promise<string[]> {
  const payments = await em.find(Payment, { invoiceId });
  const refunds = await em.find(
    Refund,
    { paymentId: { $in: payments.map(({ id }) => id) }, status: { $in: ['requested', 'failed'] } },
    { orderBy: { id: 'asc' } },
  );
  return refunds.map(({ id }) => id);
}

async function endService(em: Em, orderId: string, now: Date): Promise<void> {
  const subscription = await em.findOne(Subscription, { orderId });
  if (!subscription) return;
  subscription.status = 'canceled';
  subscription.nextAction = null;
  subscription.nextActionAt = null;
  const service = await em.findOneOrFail(Service, { subscriptionId: subscription.id });
  await releaseSlot(em, service, now);
  service.status = 'canceled';
  await em.nativeUpdate(License, { serviceId: service.id }, { status: 'cancelled' });
  await em.nativeDelete(ServiceSecret, { serviceId: service.id });
}

/** Asks for the refund of what came for the invoice and paid nothing of it, such as another amount. No paper credits it. */
async function refundUnallocated(em: Em, invoiceId: string, now: Date): Promise<void> {
  const payments = await em.find(Payment, { invoiceId, allocatedMinor: 0, refundedMinor: 0 });
  for (const payment of payments) {
    // Asked for already, or kept as credit by a decision.
    if ((await em.count(Refund, { paymentId: payment.id })) > 0) continue;
    requestRefund(em, payment, payment.amountMinor, 'requested_by_customer', null, now);
  }
}

/** Frees the invoice's money as credit, credits the paper, and asks for the refund of each payment. What staff noted stays out of it: customers read credit notes. */
async function refundInvoice(em: Em, invoice: Invoice, zone: string, now: Date): Promise<void> {
  const payments = await em.find(Payment, { invoiceId: invoice.id, allocatedMinor: { $gt: 0 } });
  const total = invoice.paidMinor;
  invoice.paidMinor = 0;
  invoice.creditedMinor += total;
  const note = await writeCreditNote(em, invoice, total, 'Order taken back', zone, now);
  for (const payment of payments) {
    const amount = { minor: payment.allocatedMinor, currency: payment.currency };
    post(em, {
      key: `release/${payment.id}`,
      kind: 'release',
      customerId: payment.customerId ?? null,
      occurredAt: now,
      to: 'invoices',
      from: 'credit_balance',
      amount,
    });
    payment.allocatedMinor = 0;
    if (payment.gateway === 'recorded') openManualRefund(em, invoice, payment, note.number, now);
    else requestRefund(em, payment, amount.minor, 'requested_by_customer', note.id, now);
  }
}

/** Money that staff recorded came outside a gateway and goes back outside it. */
function openManualRefund(em: Em, invoice: Invoice, payment: Payment, note: string, now: Date): void {
  const amount = describeMoney({ minor: payment.amountMinor, currency: payment.currency });
  openTask(
    em,
    {
      key: `refund-by-hand/${payment.id}`,
      kind: 'refund_by_hand',
      text: `${amount} for invoice ${invoice.number} came outside a gateway, and the order is taken back (credit note ${note}). Send the amount back the way it came; until then it is credit of the customer.`,
      customerId: invoice.customerId,
      orderId: invoice.orderId,
      paymentId: payment.id,
    },
    now,
  );
}
