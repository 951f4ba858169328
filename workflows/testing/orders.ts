import { ApplicationFailure } from '@temporalio/common';
import { newId } from '#domain/ids.ts';
import { recorded } from './harness.ts';

export const order = () => ({ orderId: newId(), customerId: newId() });
/** An order that meets no obstacle; a test changes what it is about. */
export const smooth = (change: Record<string, unknown> = {}) =>
  recorded({
    openCheckout: (input: { number: number }) => ({ needsNoCheckout: false, number: input.number }),
    bookPayment: { state: 'paid' },
    placeService: { serviceId: 'service-1', nodeId: 'node-1' },
    ensureAccount: 'ready',
    sendWelcome: undefined,
    activateService: { explained: [] },
    settleEvents: { refund: [] },
    sendRefund: undefined,
    sendPaymentReminder: undefined,
    cancelUnpaid: 'canceled',
    openIncident: undefined,
    closeIncident: undefined,
    cleanUpFormerNodes: undefined,
    openManualTask: undefined,
    deleteAccount: undefined,
    undoBooks: { refunds: ['refund-1'] },
    keepAsCredit: undefined,
    reportSlowAccount: undefined,
    ...change,
  });

export const stop = (reason: string, message = 'what, where, what next') => ({ stop: reason, message });
export const refused = (message: string) => ApplicationFailure.nonRetryable(message, 'VendorRefused');

/** The id from the current details, as staff read it in the Temporal UI. */
export async function openIncidentOf(handle: { query(name: string): Promise<unknown> }): Promise<string> {
  const metadata = (await handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
  return /"incident": "([^"]+)"/.exec(metadata.currentDetails ?? '')![1]!;
}
