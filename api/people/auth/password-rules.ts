import { readFileSync } from 'node:fs';

const COMMON: ReadonlySet<string> = new Set(
  readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

export interface PasswordContext {
  kind: 'customer' | 'staff';
  email: string;
  /** The product and who sells: words an attacker tries first. */
  names: readonly string[];
}

/** Shorter parts of an address or name are in too many good passwords. */
const TELLING = 4;

/**
 * Whether a new password may be chosen (AUTH-02): long enough, not common, not telling. Taken exactly as sent:
 * no composition rules, no trimming, any Unicode.
 * @returns what is wrong with it, as the rest of a sentence; nothing when it may be
 */
export function passwordProblem(password: string, { kind, email, names }: PasswordContext): string | undefined {
  const least = kind === 'staff' ? 12 : 8;
  // By code points, as people count.
  const length = [...password].length;
  if (length < least) return `needs at least ${least} characters; 15 or more are better`;
  if (length > 128) return 'has more than 128 characters';
  const folded = password.toLowerCase();
  if (COMMON.has(folded)) return 'is one of the most used passwords; choose another';
  const telling = [email.split('@')[0]!, ...names.flatMap((name) => [name, name.replaceAll(/\s/g, '')])];
  if (telling.some((word) => word.length >= TELLING && folded.includes(word.toLowerCase()))) {
    return 'contains the e-mail address or the name of the shop; choose another';
  }
  return undefined;
}

export const commonPasswordCount = COMMON.size;
