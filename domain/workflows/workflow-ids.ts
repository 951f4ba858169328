/**
 * Every workflow id is built here, for those who start, signal or look workflows up. Ids read as paths and are
 * never encrypted: no personal data in them.
 */
export const orderWorkflow = (orderId: string): string => `order/${orderId}`;
export const subscriptionWorkflow = (subscriptionId: string): string => `subscription/${subscriptionId}`;
/** Settles one gateway event that no running order is waiting for. */
export const settlementWorkflow = (inboxId: string): string => `settlement/${inboxId}`;
/** Sends a refund anew whose try number `number` failed after it had been sent. */
export const refundWorkflow = (refundId: string, number: number): string => `refund/${refundId}/${number}`;

/** Mails what somebody needs who asked for an account, or for a way back into one. */
export const accountRequestWorkflow = (requestId: string): string => `account/${requestId}`;

/** Type of the workflow that checks a gateway by schedule. */
export const WATCH_GATEWAY = 'watchGateway';
/** Its schedule's id; each run has the time behind it. */
export const gatewayWatch = (gateway: string): string => `${WATCH_GATEWAY}/${gateway}`;

/** Names on the wire: renaming one breaks running workflows. */
export const SIGNALS = {
  /** To an order: gateway events of it lie in the inbox. Arguments: ids of the inbox rows. */
  paymentReported: 'paymentReported',
  /** To an order: staff have recorded a transfer for it, as its row says. No arguments. */
  paymentRecorded: 'paymentRecorded',
  /** To anything parked: something it may have waited for has changed. Argument: what, in a word. */
  conditionsChanged: 'conditionsChanged',
} as const;

/** Workflow types that are started by name, through the outbox. */
export const WORKFLOW_TYPES = {
  fulfillOrder: 'fulfillOrder',
  keepSubscription: 'keepSubscription',
  settlePayment: 'settlePayment',
  resendRefund: 'resendRefund',
  answerAccountRequest: 'answerAccountRequest',
} as const;
