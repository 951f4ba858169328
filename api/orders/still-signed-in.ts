import { asNobody } from '#db/acting.ts';
import type { Orm } from '#db/orm.ts';
import type { Actor } from '../http/context.ts';

const GOOD_KEY = `select from api_key where id = ? and revoked_at is null and coalesce(expires_at, 'infinity') > ?`;
const GOOD_SESSION = `select from session where id = ? and ended_at is null and least(idle_until, expires_at) > ?`;

/**
 * Whether what somebody signed in with is good now: a stream outlives the request that was let in.
 * Looking does not keep a session alive: watching is not being there.
 */
export async function isStillSignedIn(orm: Orm, actor: Actor, asOf: Date): Promise<boolean> {
  if (!('userId' in actor)) return false;
  const byKey = actor.type === 'staff' && actor.apiKeyId;
  const rows = await asNobody(orm, (em) =>
    em.execute(
      `select 1 from user_account where id = ? and disabled_at is null and exists (${byKey ? GOOD_KEY : GOOD_SESSION})`,
      [actor.userId, byKey || (actor.sessionId ?? null), asOf],
    ),
  );
  return rows.length > 0;
}
