import { randomBytes } from 'node:crypto';
import { newId } from '#domain/ids.ts';
import { asNobody, asStaff, type ActingOrm } from '#db/acting.ts';
import { audit } from '#db/audit/entry.ts';
import { OneTimeToken, UserAccount } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { createApiKey } from './api-keys.ts';
import type { Hashing } from './hashing.ts';
import { newToken, tokenHash } from './tokens.ts';

const SETUP_TOKEN_MS = 24 * 3_600_000;
/** No letters or digits that look alike. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** 24 symbols of 55: 138 bits, in groups of six to be read out and typed. */
function newPassword(): string {
  const symbols: string[] = [];
  while (symbols.length < 24) {
    const byte = randomBytes(1)[0]!;
    // 220 is four times the alphabet; the rest would favour its first letters.
    if (byte < 220) symbols.push(ALPHABET[byte % ALPHABET.length]!);
  }
  return [0, 6, 12, 18].map((at) => symbols.slice(at, at + 6).join('')).join('-');
}

/** Two first starts at once: the second waits here and then finds somebody. */
async function nobodyYet(em: Em): Promise<boolean> {
  await em.execute(`select pg_advisory_xact_lock(hashtext('hostwright first staff'))`);
  const [row] = await em.execute<{ any: boolean }[]>(
    `select exists (select 1 from user_account where kind = 'staff') as any`,
  );
  return !row!.any;
}

const addSuperAdmin = (em: Em, user: { id: string; email: string; name: string; passwordHash: string }, asOf: Date) =>
  em.create(UserAccount, {
    ...user,
    kind: 'staff',
    customerId: null,
    role: 'super_admin',
    disabledAt: null,
    emailConfirmedAt: asOf,
    createdAt: asOf,
  });

export interface FirstStaff {
  email: string;
  password: string;
  /** For the command line on this machine. */
  apiKey: string;
}

/**
 * The sandbox's first start: one super-admin with a generated password, and an API key that acts for him.
 * @returns what is shown once; nothing when somebody exists already
 */
export async function createFirstStaff(
  orm: ActingOrm,
  hashing: Hashing,
  { email, password = newPassword() }: { email: string; password?: string | undefined },
  asOf: Date,
): Promise<FirstStaff | undefined> {
  const passwordHash = await hashing.hash(password);
  return asStaff(orm, async (em) => {
    if (!(await nobodyYet(em))) return undefined;
    const id = newId();
    addSuperAdmin(em, { id, email, name: 'First administrator', passwordHash }, asOf);
    await em.flush();
    const { key, id: keyId } = createApiKey(
      em,
      { name: 'command line', scopes: ['*'], allowedNetworks: ['127.0.0.1', '::1'], userId: id, expiresAt: null },
      asOf,
    );
    audit(em, {
      at: asOf,
      actor: { type: 'system' },
      action: 'staff.first_created',
      object: { type: 'user', id },
      after: { email, role: 'super_admin', apiKey: keyId },
    });
    return { email, password, apiKey: key };
  });
}

/**
 * Production's first start (AUTH-14): a token that lets whoever holds it become the first super-admin, for 24 hours.
 * @returns what is printed once; nothing when staff exists or a token is still good
 */
export const createSetupToken = (orm: ActingOrm, asOf: Date): Promise<{ token: string; expiresAt: Date } | undefined> =>
  asNobody(orm, async (em) => {
    if (!(await nobodyYet(em))) return undefined;
    const open = await em.count(OneTimeToken, { purpose: 'staff_setup', usedAt: null, expiresAt: { $gt: asOf } });
    if (open > 0) return undefined;
    const token = newToken();
    const expiresAt = new Date(asOf.getTime() + SETUP_TOKEN_MS);
    em.create(OneTimeToken, {
      id: newId(),
      purpose: 'staff_setup',
      tokenHash: tokenHash(token),
      userId: null,
      serviceId: null,
      requestId: null,
      invitedCustomerId: null,
      createdAt: asOf,
      expiresAt,
      usedAt: null,
    });
    audit(em, { at: asOf, actor: { type: 'system' }, action: 'setup.token_made', object: { type: 'setup' } });
    return { token, expiresAt };
  });

/**
 * Uses the set-up token up and makes the first super-admin with a password of his own.
 * @returns his id; nothing when the token is not good, or somebody exists already
 */
export const useSetupToken = (
  orm: ActingOrm,
  token: string,
  user: { email: string; name: string; passwordHash: string },
  explain: (em: Em, userId: string) => void,
  asOf: Date,
): Promise<string | undefined> =>
  asNobody(orm, async (em) => {
    if (!(await nobodyYet(em))) return undefined;
    const used = await em.execute(
      `update one_time_token set used_at = ?
       where purpose = 'staff_setup' and token_hash = ? and used_at is null and expires_at > ? returning id`,
      [asOf, tokenHash(token), asOf],
    );
    if (used.length === 0) return undefined;
    const id = newId();
    addSuperAdmin(em, { id, ...user }, asOf);
    explain(em, id);
    return id;
  });
