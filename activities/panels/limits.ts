/**
 * What one panel server bears: so many calls at a time, and no more of them while it does not answer or the budget of
 * its key is spent. Kept per process; what several workers share of it is counted in `nodes/count-calls.ts`. Source: automation-defaults, section 11.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { VendorUnavailable } from '../http/vendor.ts';
import type { Panel } from './panel.ts';

export interface PanelLimits {
  /** Accounts made at a time. */
  creates: number;
  /** Other calls at a time. */
  others: number;
  /** Transport faults in a row after which nothing is sent any more. */
  faults: number;
  /** How long until one call is let through again to see. */
  probeMs: number;
  /** Milliseconds that only grow. */
  now: () => number;
  /** Told when the server begins or ends to be left alone. */
  onLeftAlone: (leftAlone: boolean) => void;
  /** Why nothing may be asked now, and how long to wait: the calls of its key are spent. */
  refusal: () => VendorUnavailable | undefined;
}

const DEFAULTS: PanelLimits = {
  creates: 4,
  others: 8,
  faults: 5,
  probeMs: 60_000,
  now: () => performance.now(),
  onLeftAlone: () => undefined,
  refusal: () => undefined,
};

/** `check` is always let through: it is how staff and the regular round learn that the panel is back. */
const UNLIMITED: ReadonlySet<PropertyKey> = new Set(['check']);
const TRANSPORT = ['VendorUnavailable', 'OutcomeUnknown'];

const checks = new AsyncLocalStorage<true>();
/** Whether what runs now is a check of a panel. */
export const isCheck = (): boolean => checks.getStore() ?? false;

/** @param node  our name of the server, for the message while it is left alone */
export function limited(node: string, panel: Panel, limits: Partial<PanelLimits> = {}): Panel {
  const { creates, others, faults, probeMs, now, onLeftAlone, refusal } = { ...DEFAULTS, ...limits };
  const lanes = { create: createLane(creates), other: createLane(others) };
  let faultsInARow = 0;
  let openSince = 0;

  const refuseWhileOpen = () => {
    if (faultsInARow < faults) return;
    const left = openSince + probeMs - now();
    if (left > 0) {
      throw new VendorUnavailable(
        `${node} did not answer ${faultsInARow} times in a row and is left alone for a minute.`,
        { retryAfterMs: Math.ceil(left) },
      );
    }
    // This call goes through to see; the others wait for what it finds.
    openSince = now();
  };
  const note = (error?: unknown) => {
    if (error instanceof Error && TRANSPORT.includes(error.name)) {
      faultsInARow += 1;
      if (faultsInARow !== faults) return;
      openSince = now();
      onLeftAlone(true);
    } else {
      if (faultsInARow >= faults) onLeftAlone(false);
      faultsInARow = 0;
    }
  };

  return new Proxy(panel, {
    get(target, name) {
      const call = Reflect.get(target, name) as unknown;
      if (typeof call !== 'function') return call;
      const lane = name === 'ensureAccount' ? lanes.create : lanes.other;
      return async (...args: unknown[]) => {
        const run = async () => {
          if (!UNLIMITED.has(name)) {
            // Before the breaker, of which it is no fault: the panel was not asked.
            const spent = refusal();
            if (spent) throw spent;
            refuseWhileOpen();
          }
          try {
            const result = (await (call as (...args: unknown[]) => unknown).apply(target, args)) as { ok?: boolean };
            if (name !== 'check' || result.ok) note();
            return result;
          } catch (error) {
            note(error);
            throw error;
          }
        };
        return UNLIMITED.has(name) ? checks.run(true, run) : lane(run);
      };
    },
  });
}

/** Runs so many at a time, the others in the order they came. */
function createLane(most: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (running >= most) await new Promise<void>((go) => void waiting.push(go));
    running += 1;
    try {
      return await run();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
