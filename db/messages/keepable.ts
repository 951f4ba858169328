import type { InboxEvent } from './inbox.ts';

/** Far deeper than any gateway's events, and far from what makes JSON hard to write. */
const MAX_DEPTH = 64;
const MAX_ID = 255;
/** No timestamp of PostgreSQL's lies beyond, and no event of a gateway's. */
const LAST_YEAR = 9_999;

/**
 * Whether an event can be kept: a signature says whose it is, not that it is sane. Its ids are one line of text, its time is
 * a time, and its payload is not nested without end.
 */
export function isKeepable(event: InboxEvent): boolean {
  const { eventId, type, objectId, checkoutId = '', gatewayPaymentId = '', createdAt, payload } = event;
  const year = createdAt.getUTCFullYear();
  return (
    eventId !== '' &&
    [eventId, type, objectId, checkoutId, gatewayPaymentId].every(isIdText) &&
    year >= 1970 &&
    year <= LAST_YEAR &&
    isShallow(payload)
  );
}

const isIdText = (text: string): boolean => text.length <= MAX_ID && text.isWellFormed() && !/\p{Cc}/u.test(text);

/** Level by level, as what is nested too deeply for one call within another is what it looks for. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each).filter((inner) => typeof inner === 'object') : [],
    );
  }
  return true;
}
