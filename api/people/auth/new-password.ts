import { Problem } from '#api/http/problem.ts';
import { passwordProblem, type PasswordContext } from './password-rules.ts';

/** @throws Problem 422 that says what is wrong with the password; never the password */
export function assertPassword(password: string, context: PasswordContext, pointer: string): void {
  const problem = passwordProblem(password, context);
  if (!problem) return;
  throw new Problem(422, 'password_refused', `The password ${problem}.`, { errors: [{ pointer, detail: problem }] });
}
