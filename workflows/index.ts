/** Everything a worker registers. */
export { fulfillOrder } from './fulfill-order.ts';
export { keepSubscription } from './keep-subscription.ts';
export { settlePayment } from './settle-payment.ts';
export { reconcilePayments, watchNodes } from './watches.ts';
