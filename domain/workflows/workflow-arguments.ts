/** What workflows are started with, for those who start them through the outbox. Their fields are on the wire. */

/** Argument of `fulfillOrder`. */
export interface OrderToFulfill {
  orderId: string;
  customerId: string;
}

/** Argument of `answerAccountRequest`. */
export interface AccountRequestToAnswer {
  requestId: string;
}
