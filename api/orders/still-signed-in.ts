import { setTimeout as pause } from 'node:timers/promises';
import type { Orm } from '#db/orm.ts';
import { query, statement } from '#db/statements.ts';
import type { Actor } from '../http/context.ts';

/** Of sessions and keys, each with its user, those that are good now. */
const GOOD = statement<{ id: string }>(
  'find_good_credentials',
  `select s.id from session s join user_account u on u.id = s.user_id
     where s.id = any($ids::uuid[]) and s.ended_at is null and least(s.idle_until, s.expires_at) > $asOf and u.disabled_at is null
   union all
   select k.id from api_key k join user_account u on u.id = k.user_id
     where k.id = any($ids::uuid[]) and k.revoked_at is null and coalesce(k.expires_at, 'infinity') > $asOf and u.disabled_at is null`,
);

/** What somebody signed in with: a session, or an API key. */
const credentialOf = (actor: Actor): string | undefined => {
  if (!('userId' in actor)) return undefined;
  return actor.type === 'staff' ? (actor.apiKeyId ?? actor.sessionId) : actor.sessionId;
};

/**
 * Of those who signed in with these, who may go on now: a stream outlives the request that was let in.
 * Looking does not keep a session alive: watching is not being there.
 */
async function goodOf(orm: Orm, credentials: readonly string[], asOf: Date): Promise<Set<string>> {
  if (credentials.length === 0) return new Set();
  const rows = await query(orm, GOOD, { ids: credentials, asOf });
  return new Set(rows.map(({ id }) => id));
}

export async function isStillSignedIn(orm: Orm, actor: Actor, asOf: Date): Promise<boolean> {
  const credential = credentialOf(actor);
  return credential !== undefined && (await goodOf(orm, [credential], asOf)).has(credential);
}

interface WatchOptions {
  orm: Orm;
  clock: () => Date;
  onError: (error: unknown) => void;
  everyMs: number;
}

/** Looks after all who watch something with one query: an end counts within seconds (AUTH-10). */
export function createSignInWatch({ orm, clock, onError, everyMs }: WatchOptions) {
  const watched = new Map<string, Set<() => void>>();
  let looking = false;

  const keepLooking = async () => {
    if (looking) return;
    looking = true;
    while (watched.size > 0) {
      await pause(everyMs, undefined, { ref: false });
      const asked = [...watched.keys()];
      const good = await goodOf(orm, asked, clock()).catch(onError);
      // A database that is away has not said that anybody left.
      if (good) for (const each of asked.filter((id) => !good.has(id))) watched.get(each)?.forEach((end) => end());
    }
    looking = false;
  };

  return {
    /** @param onEnd  called when the session or key is good no more, perhaps more than once. @returns stops watching */
    watch(actor: Actor, onEnd: () => void): () => void {
      const credential = credentialOf(actor) ?? '';
      const ends = watched.get(credential) ?? new Set();
      watched.set(credential, ends.add(onEnd));
      void keepLooking();
      return () => {
        ends.delete(onEnd);
        if (ends.size === 0 && watched.get(credential) === ends) watched.delete(credential);
      };
    },
  };
}
