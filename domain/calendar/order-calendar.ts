/**
 * What happens while an order waits for its payment. Source: automation-defaults, section 11.
 * Look-ups find a payment whose webhook was lost: after 1, 5 and 15 minutes, then hourly.
 */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const LOOK_AFTER = [MINUTE, 5 * MINUTE, 15 * MINUTE];
const REMIND_AFTER = [DAY, 3 * DAY];
const CANCEL_AFTER = 7 * DAY;

export type WaitStep =
  | { do: 'look'; atMs: number }
  | { do: 'remind'; atMs: number; ordinal: number }
  | { do: 'cancel'; atMs: number };

/**
 * The first step later than an instant.
 * @param placedAtMs  when the customer was sent to pay
 * @param afterMs  the step before, or `placedAtMs` for the first
 */
export function nextWaitStep(placedAtMs: number, afterMs: number): WaitStep {
  const candidates: WaitStep[] = [
    { do: 'cancel', atMs: placedAtMs + CANCEL_AFTER },
    ...REMIND_AFTER.map((after, i): WaitStep => ({ do: 'remind', atMs: placedAtMs + after, ordinal: i + 1 })),
    { do: 'look', atMs: nextLook(placedAtMs, afterMs) },
  ];
  return candidates
    .filter(({ atMs, do: what }) => atMs > afterMs || what === 'cancel')
    .sort((a, b) => a.atMs - b.atMs)[0]!;
}

function nextLook(placedAtMs: number, afterMs: number): number {
  const early = LOOK_AFTER.map((after) => placedAtMs + after).find((at) => at > afterMs);
  if (early !== undefined) return early;
  const last = placedAtMs + LOOK_AFTER.at(-1)!;
  return last + (Math.floor((afterMs - last) / HOUR) + 1) * HOUR;
}

/**
 * How long until a parked step is tried again by itself: each minute, then rarer, so that a history stays short.
 * @param tries  how often it was tried since it parked
 */
export const healAfterMs = (tries: number): number => (tries < 10 ? MINUTE : tries < 30 ? 5 * MINUTE : HOUR);

/** Staff hear of a panel call that does not succeed after an hour. */
export const ALERT_AFTER_MS = HOUR;
