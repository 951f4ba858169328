import { describeMoney, money } from '#domain/money/money.ts';
import { audit } from '#db/audit/entry.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import type { Orm } from '#db/orm.ts';
import { change, statement, transaction } from '#db/statements.ts';
import { writeCreditNote } from '../ledger/credit-notes.ts';
import type { Claimed } from './attempts.ts';

const HOLD_REST = statement<{ id: string; customerId: string; currency: string; due: number; status: string }>(
  'hold_rest',
  `select id, customer_id as "customerId", currency, due_minor as due, status from invoice where id = $invoiceId for update`,
);
const GIVE_UP = change(
  'give_up_rest',
  `with changed as (
     update invoice set status = 'paid', credited_minor = credited_minor + $due, paid_at = $asOf where id = $invoiceId returning id
   ), tried as (
     update payment_attempt set status = 'canceled', updated_at = $asOf where id = $attemptId
   )`,
);

/** Gives up, by a credit note, a rest that its gateway does not take and nobody runs after; the invoice is paid by that. */
export const giveUpRest = (orm: Orm, attempt: Claimed, zone: string, asOf: Date): Promise<void> =>
  transaction(orm, async (tx) => {
    const { id: attemptId, invoiceId, orderId, customerId, invoiceNumber } = attempt;
    const invoice = await tx.queryOne(HOLD_REST, { invoiceId });
    if (invoice?.status !== 'open') return;
    const rest = describeMoney(money(invoice.due, invoice.currency));
    const text = `${rest} is too little to be collected; invoice ${invoiceNumber} is settled`;
    addOrderEvent(tx, { id: orderId, customerId }, { key: 'paid', text }, asOf);
    audit(tx, {
      at: asOf,
      actor: { type: 'workflow', id: `order/${orderId}` },
      action: 'invoice.rest_given_up',
      object: { type: 'invoice', id: invoiceId },
      customerId,
      after: { amount: rest },
    });
    await writeCreditNote(tx, invoice, invoice.due, 'too little to be collected', zone, asOf);
    void tx.change(GIVE_UP, { invoiceId, attemptId, due: invoice.due, asOf });
  });
