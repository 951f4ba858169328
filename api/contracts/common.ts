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
const DECEPTIVE = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/u;

/**
 * One line of text for people: NFC, trimmed, without controls, line separators or deceptive characters. What passes is taken
 * by every later step: the subject and the names of a mail, and what panels and gateways are told.
 */
export const line = (max: number) =>
  z
    .string()
    .max(max * 2)
    .normalize('NFC')
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cn}\p{Co}]/u.test(text), 'is one line, without control characters')
    .refine((text) => !DECEPTIVE.test(text), 'has invisible or direction-changing characters');

/** Several lines: newline and tab are allowed. */
export const text = (max: number) =>
  z
    .string()
    .max(max * 2)
    .normalize('NFC')
    .max(max)
    .refine((value) => !/[^\P{Cc}\n\t]/u.test(value), 'has control characters other than newline and tab');

export const Country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'is two capital letters (ISO 3166-1)')
  .meta({ example: 'DE' });
export const Instant = z.iso
  .datetime()
  // ISO 8601 counts a year 0, which neither the calendar nor PostgreSQL has.
  .refine((text) => !text.startsWith('0000'), 'has a year before the first')
  .meta({ description: 'UTC' });
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
