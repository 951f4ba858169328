import { z } from '@hono/zod-openapi';

const LETTERS = /^[\p{L}\p{M}\p{N}.-]+$/u;
const ASCII = /^[\x21-\x7e]*$/;

/** The domain as the name system has it, in A-labels: `ada@bücher.example` is `ada@xn--bcher-kva.example`. */
export function withAsciiDomain(text: string): string {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  if (ASCII.test(domain) || !LETTERS.test(domain) || !URL.canParse(`http://${domain}`)) return text;
  return `${text.slice(0, at)}@${new URL(`http://${domain}`).hostname}`;
}

/** Taken with a domain in any script, kept in A-labels. */
export const Email = z
  .string()
  .max(254)
  .transform(withAsciiDomain)
  .pipe(z.email().max(254))
  .meta({ format: 'email', example: 'ada@example.com', description: 'Its domain in any script' });
