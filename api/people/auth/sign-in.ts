import { asNobody } from '#db/acting.ts';
import { audit } from '#db/audit/entry.ts';
import type { Em } from '#db/orm.ts';
import { actedBy, type ApiContext, type Parts } from '#api/http/context.ts';
import { Problem } from '#api/http/problem.ts';
import type { SessionCookie } from './cookie.ts';
import type { Hashing } from './hashing.ts';
import { findSession, endSession, holdsPassword, startSession } from './sessions.ts';
import type { Role } from './permissions.ts';
import { codeFits, readFactor, takeCode } from './second-factor.ts';
import type { Throttle } from './throttle.ts';

export interface SignInParts extends Pick<Parts, 'orm' | 'sealer'> {
  hashing: Hashing;
  throttle: Throttle;
  cookie: SessionCookie;
}

export interface Credentials {
  email: string;
  password: string;
  /** Of the authenticator app, or a recovery code. */
  code?: string | undefined;
}

export interface SignedIn {
  sessionId: string;
  userId: string;
  kind: 'customer' | 'staff';
  customerId: string | null;
  email: string;
  name: string;
  role: Role | null;
  hasSecondFactor: boolean;
  /** Staff without one, who may do nothing but set it up. */
  mustEnrol: boolean;
}

type FoundUser = Omit<SignedIn, 'sessionId' | 'hasSecondFactor' | 'mustEnrol'> & { passwordHash: string };

/**
 * Signs a user of one kind in with a password, and a code where he has a second factor: a new session, its cookie, and
 * the end of the session the browser had before, so that nobody can hand a session on (AUTH-09).
 * @throws Problem 401 `wrong_credentials`, the same for a wrong password, an unknown address and a disabled user;
 * `second_factor_required` and `wrong_code` only to whoever knows the password
 */
export async function signIn(
  c: ApiContext,
  parts: SignInParts,
  kind: 'customer' | 'staff',
  { email, password, code }: Credentials,
): Promise<SignedIn> {
  const { orm, sealer, hashing, throttle } = parts;
  const [asOf, network] = [c.get('asOf'), c.get('network')];
  const user = await asNobody(orm, (em) => findUser(em, kind, email));
  // Strangers who guess passwords do not keep out who has the second factor (AUTH-04).
  const hasCode = user && code ? await asNobody(orm, (em) => codeFits(em, sealer, user.userId, code, asOf)) : false;
  const target = user && hasCode ? ({ kind: 'factor', userId: user.userId } as const) : { kind, email };
  const guess = await throttle.guess(target, network, asOf);
  const { right, outdated } = await hashing.verify(password, user?.passwordHash);
  if (!user || !right) throw await refused(c, parts, user, 'wrong_credentials');
  const freshHash = outdated ? await hashing.hash(password) : undefined;
  const signedIn = await beginSession(c, parts, user, { code, freshHash });
  await guess.right();
  return signedIn;
}

/**
 * A session for somebody whose password was right; the code is taken, and what the browser had before ends.
 * @throws Problem 401 where the password was changed meanwhile, or the code is missing or not good
 */
async function beginSession(
  c: ApiContext,
  parts: SignInParts,
  user: FoundUser,
  { code, freshHash }: { code?: string | undefined; freshHash?: string | undefined },
): Promise<SignedIn> {
  const { orm, sealer, throttle, cookie } = parts;
  const [asOf, network] = [c.get('asOf'), c.get('network')];
  const { userId, kind } = user;
  const { enrolledAt } = await asNobody(orm, (em) => readFactor(em, userId));
  if (enrolledAt && !code) throw new Problem(401, 'second_factor_required', REASONS.second_factor_required);
  const codeGuess = enrolledAt ? await throttle.guess({ kind: 'code', userId }, network, asOf) : undefined;
  const before = cookie.read(c);
  const begun = await asNobody(orm, async (em) => {
    if (!(await holdsPassword(em, userId, user.passwordHash))) return 'wrong_credentials';
    // Read again under the lock: enrolling takes the same one.
    const factor = (await readFactor(em, userId)).enrolledAt !== null;
    const taken = factor ? await takeCode(em, sealer, user, code ?? '', asOf) : undefined;
    if (factor && !taken) return 'wrong_code';
    if (taken === 'recovery') audit(em, { ...signInOf(c, user), action: 'user.recovery_code_used' });
    if (freshHash) await em.execute(`update user_account set password_hash = ? where id = ?`, [freshHash, userId]);
    const old = before && (await findSession(em, before, asOf));
    if (old) await endSession(em, old.userId, old.sessionId, asOf);
    audit(em, { ...signInOf(c, user), action: 'sign_in.ok', after: { second_factor: taken ?? 'none' } });
    return startSession(em, { id: userId, kind }, { network, userAgent: c.req.header('user-agent') }, asOf);
  });
  if (typeof begun === 'string') throw await refused(c, parts, user, begun);
  await codeGuess?.right();
  cookie.write(c, begun.token, begun.maxAgeSeconds);
  const { passwordHash: _, ...told } = user;
  const hasSecondFactor = enrolledAt !== null;
  return { ...told, sessionId: begun.id, hasSecondFactor, mustEnrol: kind === 'staff' && !hasSecondFactor };
}

/** A user who may sign in: not disabled, and with an address that was confirmed. */
async function findUser(em: Em, kind: 'customer' | 'staff', email: string): Promise<FoundUser | undefined> {
  const [row] = await em.execute<FoundUser[]>(
    `select id as "userId", kind, customer_id as "customerId", email, name, role, password_hash as "passwordHash"
     from user_account where kind = ? and lower(email) = lower(?) and disabled_at is null and email_confirmed_at is not null`,
    [kind, email],
  );
  return row;
}

const REASONS = {
  wrong_credentials: 'The e-mail address or the password is not right.',
  wrong_code: 'The code is not right, or was used before. Wait for the next one, or use a recovery code.',
  second_factor_required: 'Send `code` as well: the six digits that your authenticator app shows, or a recovery code.',
} as const;

async function refused(
  c: ApiContext,
  { orm }: SignInParts,
  user: FoundUser | undefined,
  reason: 'wrong_credentials' | 'wrong_code',
): Promise<Problem> {
  await asNobody(orm, async (em) =>
    audit(em, {
      ...signInOf(c, user),
      actor: { type: 'anonymous' },
      action: reason === 'wrong_code' ? 'sign_in.wrong_code' : 'sign_in.failed',
      result: 'refused',
    }),
  );
  return new Problem(401, reason, REASONS[reason]);
}

const signInOf = (c: ApiContext, user: FoundUser | undefined) => ({
  ...actedBy(c),
  at: c.get('asOf'),
  ...(user && { actor: { type: user.kind, id: user.userId } }),
  object: { type: 'user', id: user?.userId },
  customerId: user?.customerId ?? undefined,
});
