import { asNobody } from '#db/acting.ts';
import { audit } from '#db/audit/entry.ts';
import { actedBy, type ApiContext, type Parts } from '#api/http/context.ts';
import { Problem } from '#api/http/problem.ts';
import type { SessionCookie } from './cookie.ts';
import type { Hashing } from './hashing.ts';
import { findSession, endSession, startSession } from './sessions.ts';
import type { Role } from './permissions.ts';
import type { Throttle } from './throttle.ts';

export interface SignInParts extends Pick<Parts, 'orm'> {
  hashing: Hashing;
  throttle: Throttle;
  cookie: SessionCookie;
}

export interface SignedIn {
  sessionId: string;
  userId: string;
  kind: 'customer' | 'staff';
  customerId: string | null;
  email: string;
  name: string;
  role: Role | null;
}

interface FoundUser extends Omit<SignedIn, 'sessionId'> {
  passwordHash: string;
}

/**
 * Signs a user of one kind in with a password: a new session, its cookie, and the end of the session the browser
 * had before, so that nobody can hand a session on (AUTH-09).
 * @throws Problem 401 `wrong_credentials`, the same for a wrong password, an unknown address and a disabled user
 */
export async function signIn(
  c: ApiContext,
  { orm, hashing, throttle, cookie }: SignInParts,
  kind: 'customer' | 'staff',
  { email, password }: { email: string; password: string },
): Promise<SignedIn> {
  const [asOf, network] = [c.get('asOf'), c.get('network')];
  const guess = await throttle.guess({ kind, email }, network, asOf);
  const user = await asNobody(orm, async (em) => {
    const [row] = await em.execute<FoundUser[]>(
      `select id as "userId", kind, customer_id as "customerId", email, name, role, password_hash as "passwordHash"
       from user_account where kind = ? and lower(email) = lower(?) and disabled_at is null and email_confirmed_at is not null`,
      [kind, email],
    );
    return row;
  });
  const { right, outdated } = await hashing.verify(password, user?.passwordHash);
  const who = { type: kind, id: user?.userId } as const;
  const by = { ...actedBy(c), at: asOf };

  if (!user || !right) {
    await asNobody(orm, async (em) =>
      audit(em, {
        ...by,
        actor: { type: 'anonymous' },
        action: 'sign_in.failed',
        object: { type: 'user', id: user?.userId },
        customerId: user?.customerId ?? undefined,
        result: 'refused',
      }),
    );
    throw new Problem(401, 'wrong_credentials', 'The e-mail address or the password is not right.');
  }

  const freshHash = outdated ? await hashing.hash(password) : undefined;
  const before = cookie.read(c);
  const session = await asNobody(orm, async (em) => {
    if (freshHash) await em.execute(`update user_account set password_hash = ? where id = ?`, [freshHash, user.userId]);
    const old = before && (await findSession(em, before, asOf));
    if (old) await endSession(em, old.userId, old.sessionId, asOf);
    audit(em, {
      ...by,
      actor: who,
      action: 'sign_in.ok',
      object: { type: 'user', id: user.userId },
      customerId: user.customerId ?? undefined,
    });
    return startSession(em, { id: user.userId, kind }, { network, userAgent: c.req.header('user-agent') }, asOf);
  });
  await guess.right();
  cookie.write(c, session.token, session.maxAgeSeconds);
  const { passwordHash: _, ...told } = user;
  return { ...told, sessionId: session.id };
}
