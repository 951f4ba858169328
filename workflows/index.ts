/** Everything a worker registers. */
export { fulfillOrder } from './fulfill-order.ts';
export { keepSubscription } from './keep-subscription.ts';
export { settlePayment } from './settle-payment.ts';
export { resendRefund } from './resend-refund.ts';
export { reconcilePayments, watchNodes } from './watches.ts';
