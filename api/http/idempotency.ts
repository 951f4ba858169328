import { derive, hmacSha256, type Sealer } from '#db/secrets/seal.ts';
import type { Em } from '#db/orm.ts';
import { asNobody, type ActingOrm } from '#db/acting.ts';
import type { ApiContext } from './context.ts';
import { Problem } from './problem.ts';

/**
 * What is kept of a request, to know it again. Bodies may hold a password, which a plain hash would let be guessed by
 * whoever has the database; this one needs our key, too.
 * @param secret  SESSION_SECRET, base64
 */
export function createRequestHash(secret: string): (body: Uint8Array) => Buffer {
  const key = derive(Buffer.from(secret, 'base64'), 'idempotency');
  return (body) => hmacSha256(key, body);
}

/** How long a key is remembered. */
const KEPT_MS = 7 * 24 * 3_600_000;

export interface OnceOptions {
  /** The answer has a secret that is shown once: it is kept sealed. */
  sealer?: Sealer;
}

/**
 * Does a creating request's work once per Idempotency-Key, in the transaction of that work: the key's row and the
 * effect are written together or not at all. The same key with the same request gets the recorded answer; with
 * another one it is refused; two at once wait for each other. A recorded answer has `Idempotency-Replayed: true`. A refusal is not recorded, so it can be mended and retried.
 * @param em  the transaction in which `work` writes
 * @param work  its answer must be JSON
 * @throws Problem 422 `idempotency_mismatch`, 409 `idempotency_in_progress`
 */
export async function once<A>(c: ApiContext, em: Em, work: () => Promise<A>, { sealer }: OnceOptions = {}): Promise<A> {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return work();
  const actor = actorOf(c);
  const route = `${c.req.method} ${c.req.path}`;
  const requestHash = c.get('requestHash')(new Uint8Array(await c.req.arrayBuffer()));
  const place = { table: 'idempotency', column: 'response', rowId: `${actor}|${key}` };

  // A second one waits here until the first has committed or failed.
  await em.execute(`set local lock_timeout = '5s'`);
  const fresh = await em
    .execute(
      `insert into idempotency (actor, key, route, request_hash, created_at) values (?, ?, ?, ?, ?)
       on conflict (actor, key) do nothing returning key`,
      [actor, key, route, requestHash, c.get('asOf')],
    )
    .catch((error: Error & { code?: string }) => {
      if (error.code !== '55P03') throw error;
      throw new Problem(409, 'idempotency_in_progress', 'The first request with this key is still running.', {
        headers: { 'retry-after': '2' },
      });
    });
  await em.execute(`set local lock_timeout = 0`);

  if (fresh.length > 0) {
    const answer = await work();
    await em.flush();
    const kept = sealer ? { sealed: sealer.seal(JSON.stringify(answer), place).toString('base64') } : answer;
    await em.execute(`update idempotency set status = 1, response = ?::jsonb where actor = ? and key = ?`, [
      JSON.stringify(kept),
      actor,
      key,
    ]);
    return answer;
  }
  const [known] = await em.execute<{ same: boolean; response: string }[]>(
    `select route = ? and request_hash = ? as same, response::text as response from idempotency where actor = ? and key = ?`,
    [route, requestHash, actor, key],
  );
  if (!known?.same) {
    throw new Problem(
      422,
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request. Use a new key for a new request.',
    );
  }
  c.header('idempotency-replayed', 'true');
  const kept = JSON.parse(known.response) as A | { sealed: string };
  if (!sealer) return kept as A;
  return JSON.parse(sealer.open(Buffer.from((kept as { sealed: string }).sealed, 'base64'), place)) as A;
}

/** A key of the same user is another actor: a recorded answer may show what that key may not have. */
function actorOf(c: ApiContext): string {
  const actor = c.get('actor');
  if ('apiKeyId' in actor && actor.apiKeyId) return `api_key/${actor.apiKeyId}`;
  return 'userId' in actor ? `${actor.type}/${actor.userId}` : `${actor.type}/${c.get('network')}`;
}

/** Forgets keys whose time has passed. @returns how many */
export const forgetOldKeys = (orm: ActingOrm, asOf: Date): Promise<number> =>
  asNobody(orm, async (em) => {
    const rows = await em.execute(`delete from idempotency where created_at < ? returning 1`, [
      new Date(asOf.getTime() - KEPT_MS),
    ]);
    return rows.length;
  });
