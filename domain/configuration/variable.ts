import { z } from 'zod';

export type Reader = 'api' | 'worker';

/** One environment variable: what it is, who reads it, and what it is when left out. */
export interface Variable {
  readers: readonly Reader[];
  secret?: true;
  /** Production refuses it: whatever is set, or this value. */
  sandboxOnly?: true | string;
  schema: z.ZodType;
  says: string;
}

export const both = ['api', 'worker'] as const;

export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );
export const port = z.coerce.number().int().min(0).max(65_535);
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
/** At least 256 bits, in base64. */
export const secret32 = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').length >= 32, 'needs at least 32 bytes in base64');
export const keyring = z
  .string()
  .regex(
    /^[a-z0-9-]+:[A-Za-z0-9+/=]+(,[a-z0-9-]+:[A-Za-z0-9+/=]+)*$/,
    'is `<id>:<base64 of 32 bytes>`, several by comma, the current first',
  )
  .transform((text) =>
    text.split(',').map((part) => {
      const [id, key] = part.split(/:(.*)/s) as [string, string];
      return { id, key: Buffer.from(key, 'base64') };
    }),
  )
  .refine((keys) => keys.every(({ key }) => key.length === 32), 'needs exactly 32 bytes per key')
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'gives one id to two keys');
/** One Ed25519 private key, the 32 bytes of RFC 8032. */
export const signingKey = z
  .string()
  .regex(/^[a-z0-9-]+:[A-Za-z0-9+/]{43}=$/, 'is `<id>:<base64 of 32 bytes>`')
  .transform((text) => {
    const [id, key] = text.split(/:(.*)/s) as [string, string];
    return { id, key: Buffer.from(key, 'base64') };
  });
export const web = z.url({ protocol: /^https?$/, error: 'is not an address such as https://shop.example' });
export const zone = z.string().refine((name) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}, 'is not an IANA zone such as Europe/Berlin');

export const postgres = z.url({ protocol: /^postgres(ql)?$/ });
export const slug = z.string().regex(/^[a-z0-9-]{1,40}$/);

/** JSON of one shape, or undefined. */
export function parseJson<T>(text: string, shape: z.ZodType<T>): T | undefined {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
