import { newId } from '#domain/ids.ts';
import { PaymentAttempt, type AttemptStatus, type Invoice, type Order } from '#db/entities/index.ts';
import { inTransaction, type Orm } from '#db/orm.ts';

/** What a try stays at. */
export const ENDED_ATTEMPT: AttemptStatus[] = ['succeeded', 'failed', 'canceled'];

export interface AttemptToClaim {
  order: Order;
  invoice: Invoice;
  number: number;
  env: string;
  account: string;
  asOf: number;
}

/** The row of this try, made once; earlier pages of the invoice are over by then. */
export async function claimAttempt(
  orm: Orm,
  { order, invoice, number, env, account, asOf }: AttemptToClaim,
): Promise<PaymentAttempt> {
  return await inTransaction(orm, async (em) => {
    const there = await em.findOne(PaymentAttempt, { invoiceId: invoice.id, number });
    if (there) return there;
    const now = new Date(asOf);
    return em.create(PaymentAttempt, {
      id: newId(),
      invoiceId: invoice.id,
      customerId: order.customerId,
      orderId: order.id,
      gateway: order.gateway,
      account,
      number,
      kind: order.gateway === 'recorded' ? 'recorded' : 'hosted',
      key: `${env}:cs:${invoice.id}:${number}`,
      amountMinor: invoice.totalMinor - invoice.paidMinor - invoice.creditedMinor,
      currency: invoice.currency,
      status: 'submitting',
      createdAt: now,
      updatedAt: now,
    });
  });
}
