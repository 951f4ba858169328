/**
 * Finding money again without its id. PayPal has no search by invoice number: its list of events knows the last
 * 30 days, its transaction search lags by up to three hours, so both are asked.
 */
import { VendorRefused } from '#activities/http/vendor.ts';
import type { OurReference, SettledPayment } from '#activities/gateways/gateway.ts';
import type { Answer, PaypalClient } from '../wire/client.ts';
import { eventsSince } from '../webhooks/event-list.ts';
import { hasMoved, settledPayment } from './outcomes.ts';
import { referenceOf } from '../wire/references.ts';
import { Capture, Order, PaypalEvent, Transactions } from '../wire/replies.ts';

const DAY_MS = 86_400_000;
const EVENTS_KEPT_MS = 29 * DAY_MS;
/** The widest window the transaction search takes. */
const SEARCH_MS = 31 * DAY_MS;
const PAGE_SIZE = 500;

export const getOrder = (client: PaypalClient, id: string): Promise<Answer<Order>> =>
  client.call({
    what: `show order ${id}`,
    changes: false,
    reply: Order,
    run: ({ orders }) => orders.getOrder({ id }),
  });

export const getCapture = (client: PaypalClient, captureId: string): Promise<Answer<Capture>> =>
  client.call({
    what: `show capture ${captureId}`,
    changes: false,
    reply: Capture,
    run: ({ payments }) => payments.getCapturedPayment({ captureId }),
  });

/** One payment as it stands; null if PayPal does not know it, or no money moved. */
export async function findPayment(client: PaypalClient, captureId: string): Promise<SettledPayment | null> {
  const answer = await getCapture(client, captureId);
  if ('data' in answer) {
    return hasMoved(answer.data) ? settledPayment(answer.data, { requestId: answer.debugId }) : null;
  }
  if (answer.refused.httpStatus === 404) return null;
  throw client.refusal(`show capture ${captureId}`, answer.refused);
}

/**
 * The payment behind DUPLICATE_INVOICE_ID, to be adopted instead of made again.
 * @returns null when neither source shows it yet
 * @throws VendorRefused when the number was paid for something that is not ours
 */
export async function findByInvoice(
  client: PaypalClient,
  invoiceNumber: string | undefined,
  ours: OurReference,
): Promise<SettledPayment | null> {
  let foreign: SettledPayment | undefined;
  for await (const captureId of candidates(client, invoiceNumber, ours)) {
    const payment = await findPayment(client, captureId);
    if (!payment) continue;
    const { reference } = payment;
    if (reference?.env === ours.env && reference.invoiceId === ours.invoiceId) return payment;
    foreign = payment;
  }
  if (!foreign) return null;
  throw new VendorRefused(
    `PayPal (${client.config.account}) holds payment ${foreign.gatewayPaymentId} under invoice number ${invoiceNumber}, but it is not ours (${
      foreign.reference ? `environment ${foreign.reference.env}` : 'no reference'
    }). Give this environment its own number prefix or its own PayPal account, then retry.`,
  );
}

async function* candidates(client: PaypalClient, invoiceNumber: string | undefined, ours: OurReference) {
  const seen = new Set<string>();
  const first = new Date(client.now().getTime() - EVENTS_KEPT_MS);
  for (const raw of await eventsSince(client, first, { event_type: 'PAYMENT.CAPTURE.COMPLETED' })) {
    const event = PaypalEvent.safeParse(raw);
    if (!event.success) continue;
    const { id, invoice_id, custom_id } = event.data.resource as Record<string, unknown>;
    const reference = typeof custom_id === 'string' ? referenceOf(custom_id) : null;
    const matches =
      (invoiceNumber !== undefined && invoice_id === invoiceNumber) ||
      (reference?.env === ours.env && reference.invoiceId === ours.invoiceId);
    if (matches && typeof id === 'string' && !seen.has(id)) {
      seen.add(id);
      yield id;
    }
  }
  if (invoiceNumber === undefined) return;
  for (const id of await searchTransactions(client, invoiceNumber)) if (!seen.has(id)) yield id;
}

/** Ids of the transactions under an invoice number; empty when the app lacks the search permission. */
async function searchTransactions(client: PaypalClient, invoiceNumber: string): Promise<string[]> {
  const end = client.now();
  const iso = (date: Date) => date.toISOString().replace(/\.\d{3}Z$/, 'Z');
  const found: string[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await client
      .call({
        what: `search transactions of invoice ${invoiceNumber}`,
        changes: false,
        reply: Transactions,
        run: ({ reporting }) =>
          reporting.searchTransactions({
            startDate: iso(new Date(end.getTime() - SEARCH_MS)),
            endDate: iso(end),
            fields: 'all',
            pageSize: PAGE_SIZE,
            page,
          }),
      })
      .catch((error: Error) => {
        if (error.name === 'VendorUnauthorized') return null;
        throw error;
      });
    if (!answer || 'refused' in answer) return found;
    pages = answer.data.total_pages;
    for (const { transaction_info: info } of answer.data.transaction_details) {
      if (info?.invoice_id === invoiceNumber && info.transaction_id) found.push(info.transaction_id);
    }
  }
  return found;
}
