import { asNobody } from '#db/acting.ts';
import type { ApiContext } from '#api/http/context.ts';
import { Problem } from '#api/http/problem.ts';
import { personOf } from '../sessions.ts';
import { readFactor, takeCode } from './second-factor.ts';
import type { SignInParts } from './sign-in.ts';

/**
 * Asks somebody who is signed in for his password once more, and for a code where he has a second factor.
 * @param field  what the password is called in the request
 * @returns the hash that the password was found to fit
 * @throws Problem 422 that names the field; 429 after too many
 */
export async function proveYourself(
  c: ApiContext,
  { orm, sealer, hashing, throttle }: SignInParts,
  { password, code }: { password: string; code?: string | undefined },
  field = 'password',
): Promise<string> {
  const { type: kind, email, userId } = personOf(c);
  const [asOf, network] = [c.get('asOf'), c.get('network')];
  const guess = await throttle.guess({ kind, email }, network, asOf);
  const [row] = await asNobody(orm, (em) =>
    em.execute<{ hash: string }[]>(`select password_hash as hash from user_account where id = ?`, [userId]),
  );
  const { right } = await hashing.verify(password, row?.hash);
  if (!right) {
    throw new Problem(422, 'wrong_password', 'The current password is not right.', {
      errors: [{ pointer: `/${field}`, detail: 'is not right' }],
    });
  }
  await guess.right();
  const { enrolledAt } = await asNobody(orm, (em) => readFactor(em, userId));
  if (enrolledAt) {
    const codeGuess = await throttle.guess({ kind: 'code', userId }, network, asOf);
    const taken = await asNobody(orm, (em) => takeCode(em, sealer, { userId, kind, email }, code ?? '', asOf));
    if (!taken) {
      throw new Problem(
        422,
        'wrong_code',
        'The code is missing or not right, or was used before. Wait for the next one.',
        {
          errors: [{ pointer: '/code', detail: 'is not what the app shows now' }],
        },
      );
    }
    await codeGuess.right();
  }
  return row!.hash;
}
