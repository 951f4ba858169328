import type { Permission } from '#api/people/auth/permissions.ts';
import type { Actor, ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import type { Access, RouteRules } from '../access.ts';
import type { Gate } from '../context.ts';
import { isFresh } from '#api/people/auth/sessions.ts';
import { readBody } from './body.ts';
import { isSafe, type Csrf } from './csrf.ts';
import { ACTOR_LIMITS, ROUTE_LIMITS, type Limit } from './limits.ts';
import type { Allowance, Limiter } from './limiter.ts';
import { networkKey } from './network.ts';
import { checkJson } from './strict-json.ts';

const BODY_LIMIT = 64 * 1024;
const GATEWAY_BODY_LIMIT = 1024 * 1024;

/** Somebody who proved who he is, and how. */
export interface Identified {
  actor: Extract<Actor, { type: 'customer' | 'staff' }>;
  by: 'cookie' | 'bearer';
}

export interface GateParts {
  /** @returns nothing when no credential is given or the one given is not good */
  identify(c: ApiContext): Promise<Identified | undefined>;
  csrf: Csrf;
  limiter: Limiter;
}

/** The one decision whether a request may reach its route: who, how often, from where, and how much it brings. */
export function createGate({ identify, csrf, limiter }: GateParts): Gate {
  const take = (c: ApiContext, name: string, key: string, limit: Limit) => {
    const allowance = limiter.take(name, key, limit, c.get('asOf').getTime());
    tell(c, allowance);
    if (!allowance.allowed) throw tooMany(allowance);
  };
  const network = (c: ApiContext) => networkKey(c.get('network'));

  const signedIn = async (c: ApiContext, access: Access): Promise<void> => {
    const who = await identify(c);
    if (!who) {
      take(c, 'anonymous', network(c), ACTOR_LIMITS.anonymous);
      throw new Problem(401, 'not_signed_in', 'Sign in, or send an API key as `Authorization: Bearer hw_…`.', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    c.set('actor', who.actor);
    take(c, who.actor.type, who.actor.userId, ACTOR_LIMITS[who.actor.type]);
    if (who.by === 'cookie' && !isSafe(c.req.method)) csrf.checkSession(c, who.actor.sessionId!);
    assertMay(who.actor, access, c.get('asOf'));
  };

  return {
    async admit(c: ApiContext, { access, limit, bodyLimit, json, needsBody }: RouteRules): Promise<void> {
      if (access.actor === 'anonymous') {
        take(c, 'anonymous', network(c), ACTOR_LIMITS.anonymous);
        if (!isSafe(c.req.method)) csrf.checkOrigin(c);
      } else if (access.actor === 'panel' || access.actor === 'gateway') {
        c.set('actor', { type: access.actor });
      } else if (access.actor !== 'machine') {
        await signedIn(c, access);
      }

      if (limit) {
        const rule: Limit = ROUTE_LIMITS[limit];
        const actor = c.get('actor');
        take(c, limit, rule.per === 'actor' && 'userId' in actor ? actor.userId : network(c), rule);
      }

      if (isSafe(c.req.method)) return;
      const max = bodyLimit ?? (access.actor === 'gateway' ? GATEWAY_BODY_LIMIT : BODY_LIMIT);
      const body = await readBody(c, max);
      if (json && body.byteLength > 0) checkJson(body);
      if (needsBody && body.byteLength === 0) throw new Problem(400, 'body_missing', 'Send a body in JSON with this.');
    },
  };
}

function assertMay(actor: Identified['actor'], access: Access, asOf: Date): void {
  const forbidden = (detail: string) => new Problem(403, 'forbidden', detail);
  if (access.actor === 'customer' && actor.type !== 'customer') throw forbidden('This is for customers.');
  if (access.actor === 'staff' && actor.type !== 'staff') throw forbidden('This is for staff.');
  if (!('permission' in access) || access.permission === 'self') return;
  const { permission, fresh } = access;
  if ((permission === 'enrolment' || permission === 'session') && !actor.sessionId) {
    throw new Problem(403, 'session_needed', 'This is not for API keys. Sign in to do it.');
  }
  if (permission === 'enrolment') return;
  if (actor.type === 'staff' && actor.mustEnrol) {
    const how = 'Set up a second factor first: on the page /security, or with POST /api/v2/me/second-factor.';
    throw new Problem(403, 'second_factor_needed', how);
  }
  if (permission !== 'session' && actor.type === 'staff') requirePermission(actor, permission);
  if (fresh) requireFresh(actor, asOf);
}

/** A session that is left alone must not become more (AUTH-12); an API key is none. */
export function requireFresh(actor: { authenticatedAt?: Date }, asOf: Date): void {
  if (!actor.authenticatedAt || isFresh(actor.authenticatedAt, asOf)) return;
  const how = 'Say who you are once more, as ten minutes have passed: POST /api/v2/me/re-authenticate.';
  throw new Problem(403, 'reauth_required', how);
}

/** For what a handler decides only after it has read the request. */
export function requirePermission(actor: { permissions: ReadonlySet<Permission> }, permission: Permission): void {
  if (!actor.permissions.has(permission)) {
    throw new Problem(403, 'permission_missing', `This needs the permission ${permission}.`);
  }
}

/** Of several limits the one with the least left is told. */
function tell(c: ApiContext, { max, remaining, resetSeconds }: Allowance): void {
  if (remaining >= c.get('allowanceLeft')) return;
  c.set('allowanceLeft', remaining);
  c.header('ratelimit-limit', String(max));
  c.header('ratelimit-remaining', String(remaining));
  c.header('ratelimit-reset', String(resetSeconds));
}

const tooMany = ({ resetSeconds }: Allowance) =>
  new Problem(429, 'too_many_requests', `Too many requests. Ask again in ${resetSeconds} s.`, {
    headers: { 'retry-after': String(resetSeconds) },
  });
