import { withAsciiDomain } from '#api/contracts/email.ts';
import { referenceKey } from '#domain/money/payment-reference.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { OrderView } from '#api/contracts/orders.ts';
import { ask, Refused, type Api } from '#cli/commands/api.ts';
import { EXIT, Failure } from '#cli/commands/failure.ts';
import { isSettled, outcomeOf } from './result.ts';
import { keyOf, type Sale } from './sale.ts';

/** Between two looks at orders: prompt for one, polite for many. */
const LOOK_MS = 250;
/** While nobody answers. */
const AWAY_MS = 1_000;

export interface Placed {
  order: OrderView;
  /** It was placed by an earlier run. */
  repeated: boolean;
}

/**
 * Places one sale; the same one again is answered with the order it already has.
 * @throws Refused
 */
export async function place(api: Api, sale: Sale): Promise<Placed> {
  try {
    const response = await api.provision.$post({ header: { 'idempotency-key': keyOf(sale) }, json: sale });
    const order = await ask(Promise.resolve(response));
    return { order, repeated: response.headers.has('idempotency-replayed') };
  } catch (error) {
    // Keys are remembered for a week; the payment's reference stays.
    if (!(error instanceof Refused) || error.code !== 'payment_already_recorded') throw error;
    const order = await findSold(api, sale);
    if (!order) throw error;
    return { order, repeated: true };
  }
}

/** The order that an earlier run placed for this sale. */
async function findSold(api: Api, sale: Sale): Promise<OrderView | undefined> {
  const { orders } = await ask(api.orders.$get({ query: { q: sale.customer.email, limit: '100' } }));
  for (const { id, plan, cycle, total, customer } of orders) {
    const same = plan.code === sale.plan && cycle === sale.cycle && total.currency === sale.currency;
    if (!same || withAsciiDomain(customer?.email ?? '').toLowerCase() !== sale.customer.email.toLowerCase()) continue;
    const order = await read(api, id);
    const reference = order.staff?.wishes.payment_reference;
    if (reference === undefined || order.status === 'canceled') continue;
    if (referenceKey(reference) === referenceKey(sale.payment_reference)) return order;
  }
  return undefined;
}

const read = (api: Api, id: string): Promise<OrderView> => ask(api.orders[':id'].$get({ param: { id } }));

/** Nobody answers now, or not so often: neither says anything about the order. */
const isPassing = (error: unknown): error is Failure =>
  error instanceof Failure && (error.exit === EXIT.unreachable || (error instanceof Refused && error.status === 429));

/**
 * Looks at orders until each is settled or the time is over. An API that is away meanwhile is asked again: the orders go on.
 * @param onNews  hears of an order each time it has changed
 * @returns them as they were last seen
 * @throws Failure when nobody answers and the time is over
 */
export async function settle<T extends { order: OrderView }>(
  api: Api,
  placed: readonly T[],
  waitMs: number,
  onNews: (of: T, order: OrderView) => void = () => {},
): Promise<Map<T, OrderView>> {
  const seen = new Map(placed.map((one) => [one, one.order]));
  for (const [one, order] of seen) onNews(one, order);
  const deadline = Date.now() + waitMs;
  let away: Failure | undefined;
  for (;;) {
    const open = [...seen].filter(([, order]) => !isSettled(outcomeOf(order)));
    if (open.length === 0) return seen;
    for (const [one, before] of open) {
      if (Date.now() >= deadline) {
        if (away) throw away;
        return seen;
      }
      await pause(away ? AWAY_MS : LOOK_MS);
      const order = await read(api, before.id).catch((error: unknown) => {
        if (!isPassing(error)) throw error;
        away = error;
      });
      if (!order) continue;
      away = undefined;
      seen.set(one, order);
      if (order.story.happened.length !== before.story.happened.length || order.status !== before.status) {
        onNews(one, order);
      }
    }
  }
}
