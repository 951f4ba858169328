import { newId } from '#domain/ids.ts';
import { audit } from '#db/audit/entry.ts';
import { asStaff, type ActingOrm } from '#db/acting.ts';
import { ApiKey } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { addressList, networkKey } from '#api/http/middleware/network.ts';
import type { Role } from './permissions.ts';
import { looksLikeApiKey, newApiKey, tokenHash } from './tokens.ts';

/** A key for panels that only ask about licenses; it acts for nobody. */
export const LICENSE_SCOPE = 'license:validate';

export interface NewApiKey {
  name: string;
  /** Permissions, `*` for all its user has, or `license:validate`. */
  scopes: string[];
  /** Addresses and CIDR ranges; empty is anywhere. */
  allowedNetworks: string[];
  /** The staff user it acts for. */
  userId: string | null;
  expiresAt: Date | null;
  /** The key that makes it: it ends with that one. */
  madeByKeyId?: string | undefined;
}

/** Makes a key. @returns the key itself, to be shown once; the database has only its hash */
export function createApiKey(em: Em, wish: NewApiKey, asOf: Date): { id: string; key: string } {
  const id = newId();
  const key = newApiKey();
  const madeByKeyId = wish.madeByKeyId ?? null;
  const kept = { keyHash: tokenHash(key), createdAt: asOf, lastUsedAt: null, revokedAt: null };
  em.create(ApiKey, { id, ...wish, madeByKeyId, ...kept });
  return { id, key };
}

export interface KeyUser {
  apiKeyId: string;
  scopes: string[];
  userId: string;
  role: Role;
  name: string;
  email: string;
}

/** The staff user a key acts for, if the key is good, from this address, now. */
export async function findApiKey(em: Em, key: string, network: string, asOf: Date): Promise<KeyUser | undefined> {
  if (!looksLikeApiKey(key)) return undefined;
  const [row] = await em.execute<(KeyUser & { allowedNetworks: string[]; stale: boolean })[]>(
    `select k.id as "apiKeyId", k.scopes, k.allowed_networks as "allowedNetworks", u.id as "userId", u.role, u.name, u.email,
       k.last_used_at is null or k.last_used_at < ? as stale
     from api_key k join user_account u on u.id = k.user_id
     where k.key_hash = ? and k.revoked_at is null and (k.expires_at is null or k.expires_at > ?)
       and u.kind = 'staff' and u.disabled_at is null`,
    [new Date(asOf.getTime() - 60_000), tokenHash(key), asOf],
  );
  if (!row) return undefined;
  const { allowedNetworks, stale, ...user } = row;
  const allowed = addressList(allowedNetworks);
  if (!allowed.empty && !allowed.has(network)) return undefined;
  if (stale) await em.execute(`update api_key set last_used_at = ? where id = ?`, [asOf, user.apiKeyId]);
  return user;
}

/**
 * Writes an audit entry the first time a key is used from a network (AUTH-16).
 * @returns a function that asks the database once per key and network, and remembers so many
 */
export function createNewNetworkWatch(orm: ActingOrm, most = 10_000) {
  const seen = new Set<string>();
  return async (apiKeyId: string, network: string, requestId: string, asOf: Date): Promise<void> => {
    const where = networkKey(network);
    const mark = `${apiKeyId}|${where}`;
    if (seen.has(mark)) return;
    await asStaff(orm, async (em) => {
      const known = await em.execute(
        `select 1 from audit_entry where object_type = 'api_key' and object_id = ? and action = 'api_key.new_network' and after->>'network' = ? limit 1`,
        [apiKeyId, where],
      );
      if (known.length > 0) return;
      audit(em, {
        at: asOf,
        actor: { type: 'api_key', id: apiKeyId },
        action: 'api_key.new_network',
        object: { type: 'api_key', id: apiKeyId },
        after: { network: where },
        requestId,
        network,
      });
    });
    if (seen.size >= most) seen.clear();
    seen.add(mark);
  };
}
