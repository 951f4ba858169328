import { asNobody, type ActingOrm } from '#db/acting.ts';
import type { ApiContext } from '#api/http/context.ts';
import type { Identified } from '#api/http/middleware/gate.ts';
import { createNewNetworkWatch, findApiKey } from './api-keys.ts';
import type { SessionCookie } from './cookie.ts';
import { permissionsOf } from './permissions.ts';
import { findSession } from './sessions.ts';

/**
 * Who sent a request: an API key in `Authorization` stands for its staff user, else the session in the cookie.
 * A header that is there and not good is nobody, whatever the cookie says.
 */
export function createIdentify(orm: ActingOrm, cookie: SessionCookie) {
  const watchNetwork = createNewNetworkWatch(orm);

  const byKey = async (c: ApiContext, header: string): Promise<Identified | undefined> => {
    const [, key] = /^Bearer +(\S{1,200})$/i.exec(header) ?? [];
    if (!key) return undefined;
    const [network, asOf] = [c.get('network'), c.get('asOf')];
    const found = await asNobody(orm, (em) => findApiKey(em, key, network, asOf));
    if (!found) return undefined;
    await watchNetwork(found.apiKeyId, network, c.get('requestId'), asOf);
    const { scopes, ...user } = found;
    return { by: 'bearer', actor: { type: 'staff', ...user, permissions: permissionsOf(user.role, scopes) } };
  };

  const bySession = async (c: ApiContext): Promise<Identified | undefined> => {
    const token = cookie.read(c);
    if (!token) return undefined;
    const found = await asNobody(orm, (em) => findSession(em, token, c.get('asOf')));
    if (!found) return undefined;
    const { kind, customerId, role, withoutSecondFactor, ...user } = found;
    if (kind === 'staff') {
      const mustEnrol = !user.hasSecondFactor && !withoutSecondFactor;
      const permissions = mustEnrol ? new Set<never>() : permissionsOf(role!);
      return { by: 'cookie', actor: { type: 'staff', ...user, role: role!, permissions, mustEnrol } };
    }
    return { by: 'cookie', actor: { type: 'customer', ...user, customerId: customerId! } };
  };

  return (c: ApiContext): Promise<Identified | undefined> => {
    const header = c.req.header('authorization');
    return header === undefined ? bySession(c) : byKey(c, header);
  };
}
