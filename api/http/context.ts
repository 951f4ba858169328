import type { Context } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import type { Logger } from 'pino';
import type { ApiConfiguration } from '#domain/configuration/configuration.ts';
import { asCustomer, asNobody, asStaff, type ActingOrm } from '#db/acting.ts';
import { audit, type AuditRecord } from '#db/audit/entry.ts';
import type { Em } from '#db/orm.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import type { Permission } from '../people/auth/permissions.ts';
import type { Limiter } from './middleware/limiter.ts';
import { Problem } from './problem.ts';
import type { RouteRules } from './access.ts';
import type { Temporal } from '../messages/temporal.ts';

/** What routes are built from; `main.ts` makes it, tests make their own. */
export interface Parts {
  config: ApiConfiguration;
  /** One login for each kind of actor. */
  orm: ActingOrm;
  sealer: Sealer;
  temporal: Temporal;
  limiter: Limiter;
  clock: () => Date;
  log: Logger;
}

/** Who asks. A credential of one kind is never taken for another. */
export type Actor =
  | { type: 'anonymous' }
  | {
      type: 'customer';
      userId: string;
      customerId: string;
      name: string;
      email: string;
      sessionId: string;
      authenticatedAt: Date;
      hasSecondFactor: boolean;
    }
  | StaffActor
  /** These prove themselves to their own routes, by signature or key. */
  | { type: 'panel' }
  | { type: 'gateway' };
export interface StaffActor {
  type: 'staff';
  userId: string;
  name: string;
  email: string;
  role: string;
  permissions: ReadonlySet<Permission>;
  /** One of the two: a browser's session, or an API key that acts for this user. */
  sessionId?: string;
  apiKeyId?: string;
  /** Of a session: when he last gave his password and code. */
  authenticatedAt?: Date;
  hasSecondFactor?: boolean;
  /** Has no second factor, and may do nothing but set one up. */
  mustEnrol?: boolean;
}
export type CustomerActor = Extract<Actor, { type: 'customer' }>;

/** Decides before anything of the request is validated or handled. */
export interface Gate {
  /** @throws Problem */
  admit(c: ApiContext, rules: RouteRules): Promise<void>;
}

export interface ApiEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** The one reading of the clock for this request. */
    asOf: Date;
    /** The client's address; forwarded headers count only from trusted proxies. */
    network: string;
    actor: Actor;
    /** Requests left of the tightest limit, told in `RateLimit-Remaining`. */
    allowanceLeft: number;
    gate: Gate;
    /** What is kept of a body under an Idempotency-Key. */
    requestHash: (body: Uint8Array) => Buffer;
    log: Logger;
  };
}
export type ApiContext = Context<ApiEnv>;

/** @throws Problem 403 when the actor is not a customer; routes of customers are never reached by others */
export function customerOf(c: Pick<ApiContext, 'get'>): CustomerActor {
  const actor = c.get('actor');
  if (actor.type !== 'customer') throw new Problem(403, 'forbidden', 'Only a customer may do this.');
  return actor;
}

export function staffOf(c: Pick<ApiContext, 'get'>): StaffActor {
  const actor = c.get('actor');
  if (actor.type !== 'staff') throw new Problem(403, 'forbidden', 'Only staff may do this.');
  return actor;
}

/** One transaction as whoever asks: row-level security follows the actor. */
export function asActor<T>(orm: ActingOrm, actor: Actor, work: (em: Em) => Promise<T>): Promise<T> {
  if (actor.type === 'customer') return asCustomer(orm, actor.customerId, work);
  if (actor.type === 'staff') return asStaff(orm, work);
  return asNobody(orm, work);
}

/** Who did it, for audit entries and for what a request places. */
export function actedBy(c: Pick<ApiContext, 'get'>): Required<Pick<AuditRecord, 'actor' | 'requestId' | 'network'>> {
  const actor = c.get('actor');
  const who: AuditRecord['actor'] =
    actor.type === 'customer'
      ? { type: 'customer', id: actor.userId }
      : actor.type === 'staff'
        ? actor.apiKeyId
          ? { type: 'api_key', id: actor.apiKeyId, onBehalfOf: actor.userId }
          : { type: 'staff', id: actor.userId }
        : { type: actor.type };
  return { actor: who, requestId: c.get('requestId'), network: c.get('network') };
}

/** Explains a change of this request in its own transaction. */
export function auditRequest(
  c: Pick<ApiContext, 'get'>,
  em: Em,
  record: Omit<AuditRecord, 'at' | 'actor' | 'requestId' | 'network'> & { actor?: AuditRecord['actor'] },
): void {
  audit(em, { at: c.get('asOf'), ...actedBy(c), ...record });
}
