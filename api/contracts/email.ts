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

const ADDRESS =
  /^(?:[\w+'-]+\.)*[\w+'-]*[\w+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+(?:[A-Za-z]{2,}|[Xx][Nn]--[A-Za-z0-9-]+)$/;

/** Beyond ASCII the name system has rules that no pattern tells; `withAsciiDomain` applies them. */
const ANY_SCRIPT = String.raw`^[\w+'.-]+@[A-Za-z0-9.-]*[\u00c0-\ud7ff\uf900-\ufaff][A-Za-z0-9.\u00c0-\ud7ff\uf900-\ufaff-]*$`;

/** Taken with a domain in any script, kept in A-labels. */
export const Email = z
  .string()
  .max(254)
  .transform(withAsciiDomain)
  .pipe(z.email({ pattern: ADDRESS }).max(254))
  .meta({
    example: 'ada@example.com',
    description:
      'Its domain in any script; written in ASCII (RFC 5890), a part has at most 63 characters, and the whole 254',
    anyOf: [{ pattern: ADDRESS.source }, { pattern: ANY_SCRIPT }],
  });
