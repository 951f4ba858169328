import { describeMoney, type Money } from '#domain/money/money.ts';
import { orderWorkflow } from '#domain/workflows/workflow-ids.ts';
import type { Task } from '#db/desk/tasks.ts';

/** What staff are told of money that does not fit, one task per payment. */

interface BookedPayment {
  id: string;
  gatewayPaymentId: string;
  customerId: string | null;
}
interface InvoiceOfPayment {
  number: string;
  status: string;
  orderId: string | null;
}

export const secondTime = (
  payment: BookedPayment,
  amount: Money,
  invoice: InvoiceOfPayment,
  goesBack: boolean,
): Task => ({
  key: `duplicate/${payment.id}`,
  kind: 'duplicate_payment',
  text: `Invoice ${invoice.number} was paid a second time: ${describeMoney(amount)} as ${payment.gatewayPaymentId}. ${
    goesBack ? 'It goes back to the same method by itself.' : 'It is credit of the customer.'
  }`,
  customerId: payment.customerId,
  orderId: invoice.orderId,
  paymentId: payment.id,
});

export const lateMoney = (payment: BookedPayment, amount: Money, invoice: InvoiceOfPayment | null): Task => ({
  key: `late-money/${payment.id}`,
  kind: 'late_money',
  text: invoice
    ? `${describeMoney(amount)} arrived as ${payment.gatewayPaymentId} for invoice ${invoice.number}, which is ${invoice.status}. It is credit of the customer: refund it, or use it for a new order.`
    : `${describeMoney(amount)} arrived as ${payment.gatewayPaymentId} and belongs to no invoice of ours. Find out whose it is.`,
  customerId: payment.customerId,
  orderId: invoice?.orderId,
  paymentId: payment.id,
});

/** Money for an order that nobody goes on with: its workflow failed, or was terminated. */
export const unattended = (
  payment: BookedPayment,
  invoice: InvoiceOfPayment,
  { got, owed }: { got: Money; owed?: Money },
): Task => {
  const arrived = `${describeMoney(got)} arrived as ${payment.gatewayPaymentId} for invoice ${invoice.number}`;
  const workflow = invoice.orderId ? `the workflow ${orderWorkflow(invoice.orderId)}` : 'its workflow';
  return {
    key: `unattended/${payment.id}`,
    kind: 'unattended_payment',
    text: owed
      ? `${arrived}, of which ${describeMoney(owed)} is owed, and ${workflow} was not there to take it. It is credit of the customer: refund it, or reset the workflow, which then asks what to do.`
      : `${arrived} and pays it, but ${workflow} was not there to take it. Unless it is running again, nothing makes what was ordered: reset it, or refund the payment at the gateway.`,
    customerId: payment.customerId,
    orderId: invoice.orderId,
    paymentId: payment.id,
  };
};
