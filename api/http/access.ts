import type { Permission } from '#api/people/auth/permissions.ts';
import type { LimitName } from './middleware/limits.ts';

/**
 * Who may use a route.
 * `anonymous`: anyone; credentials are not looked at. `person`: a customer, or staff with the permission.
 * `panel` and `gateway`: the route itself checks key or signature; cookies mean nothing there.
 * `machine`: probes and tools of operation; the route itself checks what they have to show, if anything.
 * The permission `self` is for what concerns only the one who asks; `session` as well, but only for people who signed
 * in: a key that leaked must not become a password, nor sign anybody out. `enrolment` is `session`, also for staff who have
 * no second factor yet and may do nothing else (AUTH-05).
 * `fresh`: a session must have proved who it is within ten minutes (AUTH-12).
 */
export type Access =
  | { actor: 'anonymous' | 'customer' | 'panel' | 'gateway' | 'machine' }
  | { actor: 'staff' | 'person'; permission: Permission | 'self' | 'session' | 'enrolment'; fresh?: true };

export interface RouteRules {
  access: Access;
  /** A limit beside the one every actor has. */
  limit?: LimitName;
  /** Bytes; 64 KiB unless told, 1 MiB for gateways. */
  bodyLimit?: number;
  /** Takes JSON, so it is checked for depth, repeated keys and the like before any handler sees it. */
  json: boolean;
  /** Is refused without a body, also where no field of it is required. */
  needsBody: boolean;
}
