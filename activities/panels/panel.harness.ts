/** What `panel.contract.ts` needs of an adapter's test, the requests it makes, and the faults it plans. */
import { usernameFor } from '#domain/services/username.ts';
import type { Fault, FaultKind } from '../simulation/faults.ts';
import type { AccountRequest, Panel } from './panel.ts';

export interface PanelHarness {
  /** The real adapter on the simulator, patient enough for a busy machine. */
  panel: Panel;
  /** The same adapter that gives up after `HASTY_MS`. */
  hasty: Panel;
  /** The same adapter with credentials that the panel does not know. */
  stranger: Panel;
  /** The request that makes an account, and the one by which the adapter looks for it. */
  creation: { method: string; path: string };
  lookUp: { method: string; path: string };
  /** How many creations the vendor has dealt with, whatever became of the answers. */
  creations(): number;
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Accounts that the vendor made for this service, and those of them that still exist. */
  accountsOf(serviceId: string): { alive: number; made: number };
  /** Somebody else's account, made past the adapter. */
  occupy(account: { username: string; email: string }): void;
  /** Withdraws from the credentials the right to make accounts, or gives it back. */
  mayCreate(allowed: boolean): void;
  expireCredentials(expired: boolean): void;
  close(): Promise<void>;
}

export const HASTY_MS = 600;
/** Longer than the hasty adapter waits, so that it has given up when the vendor goes on. */
export const SILENCE_MS = 900;

export const SECRET = 'vL3!rk8Zp0wQe6T-aZ';

let serial = 0;
/** A request as provisioning makes it; each call another service of another customer. */
export function request(change: Partial<AccountRequest> = {}): AccountRequest {
  serial += 1;
  const serviceId = change.serviceId ?? `0193a6e2-5c1f-7d3a-9b42-${serial.toString(16).padStart(12, '0')}`;
  return {
    serviceId,
    customerId: `0193a6e2-0000-7000-8000-${serial.toString(16).padStart(12, '0')}`,
    username: usernameFor(serviceId),
    email: `ines.${serial}@harbor-bakery.example`,
    fullName: 'Ines Moreau',
    company: 'Harbor Bakery',
    packageId: '2',
    initialPassword: () => Promise.resolve(SECRET),
    ...change,
  };
}

export const UNKNOWN = 'OutcomeUnknown';
export const UNAVAILABLE = 'VendorUnavailable';

export interface FaultCase {
  what: string;
  fault: Omit<Fault, 'kind'> & { kind: FaultKind };
  /** How the adapter names it when it strikes the creation, and when it strikes the look-up. */
  creating: string;
  looking: string;
  retryAfterMs?: number;
}

export const FAULTS: FaultCase[] = [
  { what: 'the answer lost after the effect', fault: { kind: 'lost-answer' }, creating: UNKNOWN, looking: UNAVAILABLE },
  { what: '500 before the effect', fault: { kind: 'error-before' }, creating: UNKNOWN, looking: UNAVAILABLE },
  { what: '500 after the effect', fault: { kind: 'error-after' }, creating: UNKNOWN, looking: UNAVAILABLE },
  {
    what: '503 after the effect',
    fault: { kind: 'error-after', status: 503 },
    creating: UNKNOWN,
    looking: UNAVAILABLE,
  },
  {
    what: '429 with Retry-After',
    fault: { kind: 'rate-limit', retryAfter: '7' },
    creating: UNAVAILABLE,
    looking: UNAVAILABLE,
    retryAfterMs: 7_000,
  },
  { what: '429 without Retry-After', fault: { kind: 'rate-limit' }, creating: UNAVAILABLE, looking: UNAVAILABLE },
  { what: 'truncated JSON', fault: { kind: 'truncated' }, creating: UNKNOWN, looking: UNAVAILABLE },
  { what: 'HTML with 200', fault: { kind: 'html' }, creating: UNKNOWN, looking: UNAVAILABLE },
  { what: 'a redirect', fault: { kind: 'redirect' }, creating: 'VendorRefused', looking: 'VendorRefused' },
  {
    what: 'a time-out before the effect',
    fault: { kind: 'timeout', latencyMs: SILENCE_MS },
    creating: UNKNOWN,
    looking: UNAVAILABLE,
  },
  {
    what: 'a time-out after the effect',
    fault: { kind: 'timeout-after', latencyMs: SILENCE_MS },
    creating: UNKNOWN,
    looking: UNAVAILABLE,
  },
  {
    what: 'an expired key',
    fault: { kind: 'unauthorized' },
    creating: 'VendorUnauthorized',
    looking: 'VendorUnauthorized',
  },
];

/** The name of the error that a step ends with. */
export const named = async (work: Promise<unknown>) => {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return (error as Error).name;
  }
};
