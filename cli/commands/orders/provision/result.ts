import type { OrderView } from '#api/contracts/orders.ts';
import { EXIT, type Exit, type Failure } from '#cli/commands/failure.ts';

/**
 * `active`: the account is there. `waiting`: placed, not there yet. `parked`: placed, and a step waits for a decision.
 * `invalid`: not sent. `refused`: sent, and nothing was placed. `unsent`: the API could not be reached, or would not take any.
 */
export type Outcome = 'active' | 'waiting' | 'parked' | 'canceled' | 'refunded' | 'invalid' | 'refused' | 'unsent';

/** One sale and what became of it; a row of the report. */
export interface Result {
  /** In the CSV file; null for a sale given by flags. */
  line: number | null;
  email: string;
  reference: string;
  outcome: Outcome;
  /** It was placed by an earlier run. */
  repeated: boolean;
  /** Number of the customer. */
  customer: number | null;
  order: string | null;
  order_id: string | null;
  account: string | null;
  node: string | null;
  /** Where the customer signs in to the panel; null until the account is ready, and where the node has no address for customers. */
  panel: string | null;
  license: string | null;
  incident: string | null;
  /** For people: what happened, or what is wrong and what to do. */
  detail: string;
}

const NOTHING = {
  repeated: false,
  customer: null,
  order: null,
  order_id: null,
  account: null,
  node: null,
  panel: null,
  license: null,
  incident: null,
};

/** Nothing was placed. */
export const notPlaced = (
  sale: Pick<Result, 'line' | 'email' | 'reference'>,
  outcome: 'invalid' | 'refused' | 'unsent',
  detail: string,
): Result => ({ ...sale, outcome, ...NOTHING, detail });

/** Where a placed order stands. */
export function resultOf(
  sale: Pick<Result, 'line' | 'email' | 'reference'>,
  order: OrderView,
  repeated: boolean,
): Result {
  const [incident] = order.staff?.incidents ?? [];
  return {
    ...sale,
    outcome: outcomeOf(order),
    repeated,
    customer: order.staff?.customer.number ?? null,
    order: order.reference,
    order_id: order.id,
    account: order.service?.username ?? null,
    node: order.service?.node ?? null,
    panel: order.service?.panel_url ?? null,
    license: order.license?.key_hint ?? null,
    incident: incident?.id ?? null,
    detail: incident
      ? `${incident.step} waits for a decision (${incident.reason}): hostwright incidents show ${incident.id}`
      : `${order.story.next.text}${repeated && order.ended_at ? ' To sell it anew, give another reference.' : ''}`,
  };
}

export function outcomeOf({ status, staff }: OrderView): Outcome {
  if (status === 'active' || status === 'canceled' || status === 'refunded') return status;
  return staff && staff.incidents.length > 0 ? 'parked' : 'waiting';
}

/** Nothing about it changes any more by itself. */
export const isSettled = (outcome: Outcome): boolean => outcome !== 'waiting';

/**
 * @param awaited  whether anybody wanted to wait for the accounts
 * @param lost  what ended the run before its time
 */
export function exitOf(results: readonly Result[], awaited: boolean, lost?: Failure): Exit {
  if (lost?.exit === EXIT.unreachable) return lost.exit;
  const done = results.filter(({ outcome }) => outcome === 'active' || (outcome === 'waiting' && !awaited)).length;
  const onTheWay = results.filter(({ outcome }) => outcome === 'waiting' || outcome === 'parked').length;
  if (done === results.length) return EXIT.done;
  return done + onTheWay > 0 ? EXIT.partly : EXIT.failed;
}

export const COLUMNS = [
  'line',
  'email',
  'reference',
  'outcome',
  'repeated',
  'order',
  'account',
  'node',
  'panel',
  'license',
  'customer',
  'incident',
  'detail',
] as const satisfies readonly (keyof Result)[];

/** The report as CSV (RFC 4180). */
export const toCsv = (results: readonly Result[]): string =>
  [COLUMNS, ...results.map((result) => COLUMNS.map((column) => cell(result[column])))]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');

function cell(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  // A spreadsheet would run what begins like a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
