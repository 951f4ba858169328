import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Em } from '#db/orm.ts';
import { sha256, type Sealer } from '#db/secrets/seal.ts';
import { newId } from '#domain/ids.ts';
import { tellOfRecovery } from './account-requests.ts';

const STEP_MS = 30_000;
const PENDING_MS = 15 * 60_000;
const RECOVERY_CODES = 10;

/** Whether a user is asked for a second factor, and what is left to get in without it. */
export interface FactorState {
  enrolledAt: Date | null;
  recoveryCodesLeft: number;
  putOffAt: Date | null;
}

export async function readFactor(em: Em, userId: string): Promise<FactorState> {
  const [row] = await em.execute<FactorState[]>(
    `select f.confirmed_at as "enrolledAt", u.second_factor_put_off_at as "putOffAt",
       (select count(*)::int from recovery_code r where r.user_id = u.id and r.used_at is null) as "recoveryCodesLeft"
     from user_account u left join second_factor f on f.user_id = u.id where u.id = ?`,
    [userId],
  );
  return row!;
}

/**
 * A new secret, which counts once `confirmEnrolment` has seen a code of it; one that counts already stays until then.
 * @returns the secret in base32, and the address that an authenticator app reads as a QR code
 */
export async function beginEnrolment(
  em: Em,
  sealer: Sealer,
  user: { userId: string; email: string; issuer: string },
  asOf: Date,
): Promise<{ secret: string; uri: string }> {
  const { userId, email, issuer } = user;
  const secret = new Secret({ size: 20 });
  await em.execute(
    `insert into second_factor (user_id, pending_secret, pending_until) values (?, ?, ?)
     on conflict (user_id) do update set pending_secret = excluded.pending_secret, pending_until = excluded.pending_until`,
    [userId, sealer.seal(secret.base32, placeOf('pending_secret', userId)), new Date(asOf.getTime() + PENDING_MS)],
  );
  return { secret: secret.base32, uri: totpOf(secret.base32, { issuer, label: email }).toString() };
}

/** @returns recovery codes, shown once; nothing when the code is not one of the pending secret */
export async function confirmEnrolment(
  em: Em,
  sealer: Sealer,
  userId: string,
  code: string,
  asOf: Date,
): Promise<string[] | undefined> {
  const [row] = await em.execute<{ pending: Buffer }[]>(
    `select pending_secret as pending from second_factor where user_id = ? and pending_until > ? for update`,
    [userId, asOf],
  );
  if (!row) return undefined;
  const secret = sealer.open(row.pending, placeOf('pending_secret', userId));
  const step = stepOf(secret, code, asOf);
  if (step === undefined) return undefined;
  await em.execute(
    `update second_factor set secret = ?, confirmed_at = ?, last_step = ?, pending_secret = null, pending_until = null where user_id = ?`,
    [sealer.seal(secret, placeOf('secret', userId)), asOf, step, userId],
  );
  return renewRecoveryCodes(em, userId, asOf);
}

/** Makes ten, and takes those before back. @returns them, shown once; the database has only their hashes */
export async function renewRecoveryCodes(em: Em, userId: string, asOf: Date): Promise<string[]> {
  await em.execute(`delete from recovery_code where user_id = ?`, [userId]);
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  for (const code of codes) {
    await em.execute(`insert into recovery_code (id, user_id, code_hash, created_at) values (?, ?, ?, ?)`, [
      newId(),
      userId,
      sha256(plain(code)),
      asOf,
    ]);
  }
  return codes;
}

/**
 * Takes a code of the app, a step of 30 seconds early or late, or a recovery code, of which the user is told; each once.
 * @returns which it was; nothing when it is not good, or not any more
 */
export async function takeCode(
  em: Em,
  sealer: Sealer,
  user: { userId: string; kind: 'customer' | 'staff'; email: string },
  code: string,
  asOf: Date,
): Promise<'app' | 'recovery' | undefined> {
  const { userId } = user;
  if (!/^\d{6}$/.test(plain(code))) {
    const used = await em.execute(
      `update recovery_code set used_at = ? where user_id = ? and code_hash = ? and used_at is null returning id`,
      [asOf, userId, sha256(plain(code))],
    );
    if (used.length === 0) return undefined;
    await tellOfRecovery(em, user, asOf);
    return 'recovery';
  }
  const step = await fittingStep(em, sealer, userId, code, asOf);
  if (step === undefined) return undefined;
  const taken = await em.execute(
    `update second_factor set last_step = ? where user_id = ? and last_step < ? returning user_id`,
    [step, userId, step],
  );
  return taken.length > 0 ? 'app' : undefined;
}

/** Whether a code of the app would be taken now; it stays good. */
export const codeFits = async (em: Em, sealer: Sealer, userId: string, code: string, asOf: Date): Promise<boolean> =>
  (await fittingStep(em, sealer, userId, code, asOf)) !== undefined;

export async function removeFactor(em: Em, userId: string): Promise<void> {
  await em.execute(`delete from second_factor where user_id = ?`, [userId]);
  await em.execute(`delete from recovery_code where user_id = ?`, [userId]);
}

async function fittingStep(em: Em, sealer: Sealer, userId: string, code: string, asOf: Date) {
  const [row] = await em.execute<{ secret: Buffer; lastStep: string }[]>(
    `select secret, last_step::text as "lastStep" from second_factor where user_id = ? and secret is not null`,
    [userId],
  );
  const step = row && stepOf(sealer.open(row.secret, placeOf('secret', userId)), plain(code), asOf);
  return step !== undefined && step > Number(row!.lastStep) ? step : undefined;
}

const placeOf = (column: 'secret' | 'pending_secret', userId: string) => ({
  table: 'second_factor',
  column,
  rowId: userId,
});

/** As RFC 6238 has it and every app knows it: 30 seconds, 6 digits, SHA-1. */
const totpOf = (secret: string, of: { issuer?: string; label?: string } = {}) =>
  new TOTP({ ...of, secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: STEP_MS / 1_000 });

/** The step that a code is of, one earlier or later than now at most. */
function stepOf(secret: string, code: string, asOf: Date): number | undefined {
  const delta = totpOf(secret).validate({ token: plain(code), timestamp: asOf.getTime(), window: 1 });
  return delta === null ? undefined : Math.floor(asOf.getTime() / STEP_MS) + delta;
}

/** Crockford's: no letters that look like digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 24 symbols of 32, 120 bits, in groups of six to be written down. */
function newRecoveryCode(): string {
  const symbols = [...randomBytes(24)].map((byte) => ALPHABET[byte % 32]!).join('');
  return symbols.match(/.{6}/g)!.join('-');
}

/** As people type it: in capitals, with blanks or dashes, an O for a zero. */
const plain = (code: string): string =>
  code.replaceAll(/[\s-]/g, '').toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1');
