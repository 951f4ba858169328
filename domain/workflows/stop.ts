/** A value that says: this step cannot go on until something changes. Not an error; the workflow parks on it. */
export type StopReason =
  | 'NoFreeNode'
  | 'PackageMissing'
  | 'NameTaken'
  | 'PaymentMismatch'
  /** A run that was reset, or restored from an old copy, meets an order that has been taken back since. */
  | 'OrderEnded'
  | 'VendorUnavailable'
  | 'OutcomeUnknown'
  | 'VendorRefused'
  | 'VendorUnauthorized'
  /** A secret of ours that is kept sealed was changed, or its key is not there. */
  | 'SealBroken'
  | 'RefundFailed'
  /** Somebody asked in the Temporal UI that the run is cancelled. */
  | 'CancelAsked'
  | 'Unexpected';

export interface Stop {
  stop: StopReason;
  /** What, where, and what next, for staff. */
  message: string;
  /** Where it happened, so that staff find all of a node's or gateway's incidents together. */
  nodeId?: string | undefined;
  gateway?: string | undefined;
  /** Vendor's name. */
  adapter?: string | undefined;
}

export const isStop = (value: unknown): value is Stop =>
  typeof value === 'object' && value !== null && 'stop' in value && 'message' in value;

/** Of a run that was reset, or restored from an old copy, and meets an order that has been taken back since. */
export const orderEnded = ({ reference }: { reference: string }): Stop => ({
  stop: 'OrderEnded',
  message: `Order ${reference} has been taken back; nothing is made for it any more. Abort to close this run.`,
});
