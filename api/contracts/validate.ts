import { z } from '@hono/zod-openapi';

/** What counts as blank around a name, as `trim` takes it away. */
const BLANK = String.raw`[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*`;
/** C0 controls and DEL have no place inside a name; around it they are as good as spaces. */
const name = (max: number) =>
  z
    .string()
    .max(max)
    .regex(new RegExp(String.raw`^${BLANK}[^\u0000-\u001f\u007f]*${BLANK}$`), 'has control characters');
/** As it was pasted: a mail may have broken its line. */
const key = z
  .string()
  .max(200)
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u0008\u000e-\u001f\u007f]*$/, 'has control characters');

/**
 * May this license do that? Fields it does not know are passed over, as panels of several versions ask.
 * Source: the NextPanel contract, part B1.
 */
export const LicenseCheck = z
  .object({
    license_key: key.meta({ description: 'Any form; case, blanks, line breaks and kinds of dashes do not matter' }),
    feature: name(100).meta({
      description: '`create_database`, `create_domain`, `create_email`, `create_account`, or another the plan may name',
    }),
    timestamp: z.int().nullish().meta({ description: 'Seconds since 1970; legacy signature only' }),
    signature: z.string().max(200).nullish().meta({ description: 'Legacy signature only; off unless switched on' }),
    additional_data: z
      .record(z.string(), z.unknown())
      .nullish()
      .meta({ description: 'Signed with the rest; legacy signature only' }),
  })
  .meta({
    id: 'LicenseCheck',
    example: { license_key: 'NP-7HKD-Q2XW-9MRT-4FVB', feature: 'create_database' },
  });
export type LicenseCheck = z.infer<typeof LicenseCheck>;

export const LicenseAnswer = z
  .strictObject({
    valid: z.boolean(),
    remaining_quota: z
      .int()
      .nullable()
      .meta({ description: 'What may still be made, before this action; -1 is not counted; null when not valid' }),
    error: z.string().nullable().meta({ description: 'Why not, in the fixed words of the contract' }),
    code: z
      .enum([
        'VALID',
        'GRACE',
        'NOT_FOUND',
        'SUSPENDED',
        'EXPIRED',
        'TERMINATED',
        'FEATURE_UNKNOWN',
        'FEATURE_NOT_INCLUDED',
        'QUOTA_EXCEEDED',
        'RATE_LIMITED',
      ])
      .nullable()
      .meta({
        description: 'The same for programs; null when the caller was not accepted, so nothing is said of a license',
      }),
    limit: z.int().nullable(),
    current: z.int().nullable().meta({ description: 'Used of the limit, held included' }),
    expires_at: z.iso.datetime().nullable(),
    cache_seconds: z.int().meta({ description: 'How long the answer may be believed' }),
    nonce: z.string().nullable().meta({ description: '`X-Panel-Nonce` of the question' }),
    issued_at: z.int().meta({ description: 'Seconds since 1970; believe no signed answer older than 60 s' }),
  })
  .meta({ id: 'LicenseAnswer' });
export type LicenseAnswer = z.infer<typeof LicenseAnswer>;
