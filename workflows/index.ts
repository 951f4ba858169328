/** Everything a worker registers. */
export { fulfillOrder } from './orders/fulfill-order.ts';
export { keepSubscription } from './subscriptions/keep-subscription.ts';
export { settlePayment } from './money/settle-payment.ts';
export { resendRefund } from './money/resend-refund.ts';
export { reconcilePayments, watchNodes } from './nodes/watch-nodes.ts';
