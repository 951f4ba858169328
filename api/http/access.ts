import type { Permission } from '#api/people/auth/permissions.ts';
import type { LimitName } from './middleware/limits.ts';

/**
 * Who may use a route.
 * `anonymous`: anyone; credentials are not looked at. `person`: a customer, or staff with the permission.
 * `panel` and `gateway`: the route itself checks key or signature; cookies mean nothing there.
 * `machine`: probes and tools of operation; the route itself checks what they have to show, if anything.
 * The permission `self` is for what concerns only the one who asks; `session` as well, but only for people who signed
 * in: a key that leaked must not become a password, nor sign anybody out.
 */
export type Access =
  | { actor: 'anonymous' | 'customer' | 'panel' | 'gateway' | 'machine' }
  | { actor: 'staff' | 'person'; permission: Permission | 'self' | 'session' };

export interface RouteRules {
  access: Access;
  /** A limit beside the one every actor has. */
  limit?: LimitName;
  /** Bytes; 64 KiB unless told, 1 MiB for gateways. */
  bodyLimit?: number;
  /** Takes JSON, so it is checked for depth, repeated keys and the like before any handler sees it. */
  json: boolean;
}
