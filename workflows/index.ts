/** Everything a worker registers. */
export { fulfillOrder } from './orders/fulfill-order.ts';
export { keepSubscription } from './subscriptions/keep-subscription.ts';
export { settlePayment } from './money/settle-payment.ts';
export { resendRefund } from './money/resend-refund.ts';
export { reconcilePayments } from './money/reconcile-payments.ts';
export { watchWorkflows } from './desk/watch-workflows.ts';
export { watchNodes } from './nodes/watch-nodes.ts';
