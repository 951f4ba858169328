import { z } from '@hono/zod-openapi';

/** Amount on the wire: whole minor units as text, so that no client rounds it. */
export const MoneyWire = z
  .strictObject({ amount: z.string().regex(/^-?\d{1,15}$/), currency: z.string().regex(/^[A-Z]{3}$/) })
  .meta({ id: 'Money', example: { amount: '1299', currency: 'EUR' } });

/** What every refusal looks like (RFC 9457). */
export const ProblemBody = z
  .strictObject({
    type: z.string().meta({ description: 'Stable address of the kind of problem' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable, for programs', example: 'order_not_found' }),
    detail: z.string().meta({ description: 'For people: what, where, what next' }),
    request_id: z.string(),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'Which fields of the request, as JSON pointers' }),
  })
  .meta({ id: 'Problem' });
export type ProblemBody = z.infer<typeof ProblemBody>;

/** `content` of a request or response body in JSON. */
export const json = <S extends z.ZodType>(schema: S) => ({ 'application/json': { schema } });

/** Bidirectional controls and zero-width characters: what is shown would not be what is stored. */
const DECEPTIVE = String.raw`\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff`;
/** Controls, separators of lines and paragraphs, private use, and what is no character. */
const UNPRINTABLE = String.raw`\x00-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff`;
const BLANK = String.raw` \xa0\u1680\u2000-\u200a\u202f\u205f\u3000`;
/** Written without the classes of Unicode, so that whoever reads the description of the API can apply it. */
const LINE = String.raw`^[\t\n\r${BLANK}]*[^${UNPRINTABLE}${DECEPTIVE}${BLANK}]([^${UNPRINTABLE}${DECEPTIVE}]*[^${UNPRINTABLE}${DECEPTIVE}${BLANK}])?[\t\n\r${BLANK}]*$`;
const LINES = String.raw`^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$`;
const isLine = new RegExp(LINE);
const isDeceptive = new RegExp(`[${DECEPTIVE}]`);

/** Characters as people and PostgreSQL count them; `length` counts two for most emoji. */
const characters = (text: string): number => Array.from(text).length;
const upTo = (max: number) => (text: string) => characters(text) <= max;

function whatIsWrong(text: string): string {
  if (text.trim() === '') return 'is empty';
  return isDeceptive.test(text)
    ? 'has invisible or direction-changing characters'
    : 'is one line, without control characters';
}

/**
 * One line of text for people: NFC, trimmed, without controls, line separators or deceptive characters. What passes is taken
 * by every later step: the subject and the names of a mail, and what panels and gateways are told.
 */
export const line = (max: number) =>
  z
    .string()
    .max(max * 2)
    .superRefine((text, context) => {
      if (!isLine.test(text)) context.addIssue({ code: 'custom', message: whatIsWrong(text) });
    })
    .refine(upTo(max), `has at most ${max} characters`)
    .normalize('NFC')
    .trim()
    .refine(upTo(max), `has at most ${max} characters`)
    .meta({ minLength: 1, maxLength: max, pattern: LINE });

/** Several lines: newline and tab are allowed. */
export const text = (max: number) =>
  z
    .string()
    .max(max * 2)
    .regex(new RegExp(LINES), 'has control characters other than newline and tab')
    .refine(upTo(max), `has at most ${max} characters`)
    .normalize('NFC')
    .refine(upTo(max), `has at most ${max} characters`)
    .meta({ maxLength: max });

const inner = ({ source }: RegExp) => source.replaceAll(/^\^|\$$/g, '');
const { ipv4, ipv6, cidrv4, cidrv6 } = z.core.regexes;
/** Whence a key may be used. */
export const Network = z
  .string()
  .regex(
    new RegExp(`^(?:${[ipv4, ipv6, cidrv4, cidrv6].map((one) => `(?:${inner(one)})`).join('|')})$`),
    'is an address or a network such as 203.0.113.0/24',
  )
  .meta({ example: '203.0.113.0/24' });

export const Country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'is two capital letters (ISO 3166-1)')
  .meta({ example: 'DE' });
/** `format` alone lets through other offsets, leap seconds, and the year 0, which neither the calendar nor PostgreSQL has. */
const UTC = /^(?:[1-9]\d{3}|0[1-9]\d{2}|00[1-9]\d|000[1-9])-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/;
export const Instant = z.iso
  .datetime()
  .regex(UTC, 'is an instant such as 2026-12-01T10:00:00Z')
  .meta({ description: 'UTC', pattern: UTC.source, example: '2026-12-01T10:00:00.000Z' });
export const Id = z.uuid();
/** Of a customer, as people call it; the first is 1. */
export const CustomerNumber = z.int().min(1).meta({ example: 17 });

/**
 * Lets a creating request be repeated: the same key with the same request gets the first answer again,
 * with another request it is refused. Keys are remembered for seven days.
 */
export const IdempotencyKey = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{8,200}$/, 'is 8 to 200 visible ASCII characters')
    .optional(),
});

/** 256 random bits in base64url, from a mail of ours. */
export const LinkToken = z.string().regex(/^[A-Za-z0-9_-]{20,200}$/, 'is the end of the link in the mail, whole');
