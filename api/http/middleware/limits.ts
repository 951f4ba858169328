/** Requests allowed in a window (security.md LIM-01). */
export interface Limit {
  max: number;
  windowSeconds: number;
  /** What is counted: the client's address, or who is signed in. */
  per: 'network' | 'actor';
}

/** What every request counts towards, by who asks. Panels have their own on the license path. */
export const ACTOR_LIMITS = {
  anonymous: { max: 60, windowSeconds: 60, per: 'network' },
  customer: { max: 300, windowSeconds: 60, per: 'actor' },
  staff: { max: 600, windowSeconds: 60, per: 'actor' },
} as const satisfies Record<string, Limit>;

/** Further limits a route may name. */
export const ROUTE_LIMITS = {
  registration: { max: 5, windowSeconds: 3600, per: 'network' },
  mail_link: { max: 10, windowSeconds: 3600, per: 'network' },
  order: { max: 10, windowSeconds: 60, per: 'actor' },
  connection_test: { max: 10, windowSeconds: 60, per: 'actor' },
  unverified_webhook: { max: 60, windowSeconds: 60, per: 'network' },
} as const satisfies Record<string, Limit>;
export type LimitName = keyof typeof ROUTE_LIMITS;
