/**
 * Where a hosted order stands, and the capture that moves its money. Neither the approval nor the redirect does, so
 * `settle` captures what is approved, and judges the capture.
 */
import { OutcomeUnknown } from '#activities/http/vendor.ts';
import type { CheckoutState, OurReference } from '#activities/gateways/gateway.ts';
import type { PaypalClient } from '../wire/client.ts';
import type { PaypalProblem } from '../wire/errors.ts';
import { classify } from '../wire/issues.ts';
import { findByInvoice, getOrder } from './lookup.ts';
import { checkoutState, refusalAsDecline } from './outcomes.ts';
import { requestId } from '../wire/references.ts';
import { Order } from '../wire/replies.ts';
import { savedMethod } from '../methods/wallet-of-order.ts';

type Handle = { checkoutId: string; key: string } & OurReference;

export async function settle(client: PaypalClient, handle: Handle): Promise<CheckoutState> {
  const found = await look(client, handle.checkoutId);
  if (found?.order.status !== 'APPROVED') return found?.state ?? { state: 'expired' };
  // An approval may already hold a capture that is on its way.
  return found.state.state === 'open' ? capture(client, handle, found.order) : found.state;
}

/** There is no call that cancels an order: one that was not captured is left to expire, and must not be settled again. */
export async function close(client: PaypalClient, handle: Handle): Promise<CheckoutState> {
  const found = await look(client, handle.checkoutId);
  return !found || found.state.state === 'open' ? { state: 'expired' } : found.state;
}

/** How an order stands; nothing is captured. One that PayPal has forgotten is over. */
export const lookAt = async (client: PaypalClient, checkoutId: string): Promise<CheckoutState> =>
  (await look(client, checkoutId))?.state ?? { state: 'expired' };

/** The order as it stands, or null when PayPal has forgotten it: unpaid orders vanish. */
async function look(client: PaypalClient, id: string): Promise<{ order: Order; state: CheckoutState } | null> {
  const answer = await getOrder(client, id);
  if ('data' in answer) return { order: answer.data, state: await stateOf(client, answer.data, answer.debugId) };
  if (answer.refused.httpStatus === 404) return null;
  throw client.refusal(`show order ${id}`, answer.refused);
}

async function stateOf(client: PaypalClient, order: Order, debugId?: string): Promise<CheckoutState> {
  const state = checkoutState(order, { requestId: debugId });
  if (state.state !== 'paid') return state;
  return { state: 'paid', payment: { ...state.payment, method: await savedMethod(client, order) } };
}

async function capture(client: PaypalClient, handle: Handle, approved: Order): Promise<CheckoutState> {
  const { checkoutId, key } = handle;
  const answer = await client.call({
    what: `capture order ${checkoutId}`,
    changes: true,
    reply: Order,
    run: ({ orders }) =>
      orders.captureOrder({
        id: checkoutId,
        paypalRequestId: requestId(key, '-cap'),
        prefer: 'return=representation',
        body: {},
      }),
    reread: (id) => getOrder(client, id),
  });
  if ('data' in answer) return stateOf(client, answer.data, answer.debugId);
  return captureRefused(client, handle, approved, answer.refused);
}

async function captureRefused(
  client: PaypalClient,
  handle: Handle,
  approved: Order,
  problem: PaypalProblem,
): Promise<CheckoutState> {
  const { issues, httpStatus } = problem;
  const what = `capture order ${handle.checkoutId}`;
  if (httpStatus === 404) return { state: 'expired' };
  const issueClass = classify(issues, httpStatus);
  if (issueClass === 'already_done') {
    if (!issues.includes('DUPLICATE_INVOICE_ID')) {
      const found = await look(client, handle.checkoutId);
      return found?.state.state === 'open'
        ? { state: 'pending', reason: issues.join(' ') }
        : (found?.state ?? { state: 'expired' });
    }
    const invoiceNumber = approved.purchase_units[0]?.invoice_id;
    const payment = await findByInvoice(client, invoiceNumber, handle);
    if (payment) return { state: 'paid', payment };
    throw new OutcomeUnknown(
      `PayPal (${client.config.account}) says invoice ${invoiceNumber} is paid already, but does not show that payment yet. It is looked for again.`,
    );
  }
  if (issues.includes('ORDER_NOT_APPROVED') && issueClass === 'customer_action') return { state: 'open' };
  const decline = refusalAsDecline(problem, issueClass);
  if (issueClass === 'stop_order') return { state: 'expired', decline };
  // What only the merchant can heal is no decline of this buyer's.
  if (!decline || issueClass === 'merchant') throw client.refusal(what, problem);
  return { state: 'declined', decline };
}
