import { z } from 'zod';

/**
 * Every environment variable of the product: what it is, who reads it, and what it is when left out.
 * Checked at start; a missing or wrong one is named. `docs/configuration.md` is printed from here.
 */
export type Reader = 'api' | 'worker';

interface Variable {
  readers: readonly Reader[];
  secret?: true;
  schema: z.ZodType;
  says: string;
}

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );
const port = z.coerce.number().int().min(0).max(65_535);
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
/** At least 256 bits, in base64. */
const secret32 = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').length >= 32, 'needs at least 32 bytes in base64');
const keyring = z
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
const signingKey = z
  .string()
  .regex(/^[a-z0-9-]+:[A-Za-z0-9+/]{43}=$/, 'is `<id>:<base64 of 32 bytes>`')
  .transform((text) => {
    const [id, key] = text.split(/:(.*)/s) as [string, string];
    return { id, key: Buffer.from(key, 'base64') };
  });
const web = z.url({ protocol: /^https?$/, error: 'is not an address such as https://shop.example' });
const zone = z.string().refine((name) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}, 'is not an IANA zone such as Europe/Berlin');

const both = ['api', 'worker'] as const;

export const VARIABLES = {
  NODE_ENV: {
    readers: both,
    schema: z.enum(['production', 'development', 'test']).default('development'),
    says: '`production` refuses unsafe settings and simulators',
  },
  HOSTWRIGHT_ENV: {
    readers: both,
    schema: z
      .string()
      .regex(/^[a-z0-9]{2,20}$/)
      .default('sandbox'),
    says: 'written on every object at a gateway; events of another environment are recorded, never applied',
  },
  LOG_LEVEL: {
    readers: both,
    schema: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    says: 'how much the logs say',
  },
  DATABASE_API_URL: {
    readers: ['api'],
    secret: true,
    schema: z.url({ protocol: /^postgres(ql)?$/ }),
    says: 'PostgreSQL as the role hostwright_api',
  },
  DATABASE_LICENSE_URL: {
    readers: ['api'],
    secret: true,
    schema: z.url({ protocol: /^postgres(ql)?$/ }),
    says: 'PostgreSQL as the role hostwright_license',
  },
  DATABASE_WORKER_URL: {
    readers: ['worker'],
    secret: true,
    schema: z.url({ protocol: /^postgres(ql)?$/ }),
    says: 'PostgreSQL as the role hostwright_worker',
  },
  DATABASE_POOL: {
    readers: both,
    schema: z.coerce.number().int().min(2).max(200).default(10),
    says: 'connections one process may hold, the license path apart',
  },
  TEMPORAL_ADDRESS: {
    readers: both,
    schema: z
      .string()
      .regex(/^[^\s/]+:\d{1,5}$/, 'is not host:port')
      .default('127.0.0.1:7233'),
    says: 'Temporal frontend, host:port',
  },
  TEMPORAL_NAMESPACE: { readers: both, schema: z.string().default('hostwright'), says: 'Temporal namespace' },
  TEMPORAL_TLS: { readers: both, schema: flag, says: 'use TLS towards Temporal' },
  TEMPORAL_API_KEY: {
    readers: both,
    secret: true,
    schema: z.string().optional(),
    says: 'API key of Temporal Cloud or a JWT',
  },
  TEMPORAL_PAYLOAD_KEYS: {
    readers: both,
    secret: true,
    schema: keyring,
    says: 'encrypts everything that enters a Temporal history; `<id>:<base64>`, the current first',
  },
  TASK_QUEUE: {
    readers: both,
    schema: z.string().default('hostwright'),
    says: 'task queue of workflows and activities',
  },
  SEAL_KEYS: {
    readers: both,
    secret: true,
    schema: keyring,
    says: 'seals secrets in the database; `<id>:<base64>`, the current first',
  },
  AUDIT_HEADS_FILE: {
    readers: ['worker'],
    schema: z.string().optional(),
    says: 'file outside the database to which signed heads of the audit chain are added; without it, a tail that is cut does not show',
  },
  AUDIT_HEAD_KEY: {
    readers: ['worker'],
    secret: true,
    schema: signingKey.optional(),
    says: 'signs those heads (Ed25519); `<id>:<base64>`; belongs to `AUDIT_HEADS_FILE`',
  },
  LICENSE_PEPPER: {
    readers: both,
    secret: true,
    schema: secret32,
    says: 'keys the hash by which license keys are found, base64',
  },
  SESSION_SECRET: { readers: ['api'], secret: true, schema: secret32, says: 'signs CSRF tokens, base64' },
  API_HOST: { readers: ['api'], schema: z.string().default('127.0.0.1'), says: 'address the API listens on' },
  API_PORT: { readers: ['api'], schema: port.default(3000), says: 'port the API listens on' },
  WORKER_PORT: {
    readers: ['worker'],
    schema: port.default(0),
    says: 'port of the worker for health and metrics, on loopback; 0 for none',
  },
  WORKFLOW_BUNDLE: {
    readers: ['worker'],
    schema: z.string().optional(),
    says: 'file of the workflows bundled before; without it the worker bundles them at start',
  },
  PUBLIC_URL: {
    readers: both,
    schema: web,
    says: 'where customers reach the portal; links in mails start with it',
  },
  API_REFERENCE: {
    readers: ['api'],
    schema: z.enum(['open', 'staff']).optional(),
    says: 'who may read /openapi.json and /reference; left out, staff in production and everybody elsewhere',
  },
  API_LIMIT_FACTOR: {
    readers: ['api'],
    schema: z.coerce.number().min(0.01).max(10_000).default(1),
    says: 'multiplies the request limits: 0.5 on each of two replicas, more where one machine plays many customers',
  },
  TRUSTED_PROXIES: { readers: ['api'], schema: list, says: 'addresses whose X-Forwarded-For is believed, by comma' },
  TEMPORAL_UI_URL: {
    readers: ['api'],
    schema: web.optional(),
    says: 'Temporal UI, for links on staff answers and for its codec calls',
  },
  CODEC_UI_TOKEN: {
    readers: ['api'],
    secret: true,
    schema: z.string().min(32).optional(),
    says: 'sandbox only: lets the local Temporal UI read payloads',
  },
  UI_DIR: { readers: ['api'], schema: z.string().default('ui/dist'), says: 'folder of the built pages' },
  LEGACY_LICENSE_SECRET: {
    readers: ['api'],
    secret: true,
    schema: z.string().min(32).optional(),
    says: 'switches legacy license signing on (B4.3)',
  },
  LEGACY_UNSIGNED_SOURCES: {
    readers: ['api'],
    schema: list,
    says: 'switches unsigned license checks on (B4.4): `<node name>=<address>`, by comma',
  },
  LICENSE_KEY_FORM: {
    readers: ['worker'],
    schema: z.enum(['extended', 'four_groups']).default('extended'),
    says: 'form of new license keys',
  },
  BILLING_ZONE: {
    readers: both,
    schema: zone.default('UTC'),
    says: 'IANA zone in which due dates and periods are counted',
  },
  SELLER_NAME: {
    readers: both,
    schema: z.string().default('Hostwright Sandbox'),
    says: 'who sells, on invoices and mails',
  },
  SELLER_EMAIL: {
    readers: both,
    schema: z.email().default('billing@hostwright.example'),
    says: "the seller's address on invoices",
  },
  SELLER_COUNTRY: {
    readers: both,
    schema: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .default('DE'),
    says: "the seller's country",
  },
  EGRESS_ALLOW: {
    readers: ['worker'],
    schema: list,
    says: 'private addresses panels may have: `host-or-CIDR:port`, or `http://host:port` for plain HTTP, by comma',
  },
  STRIPE_SECRET_KEY: { readers: ['worker'], secret: true, schema: z.string().optional(), says: 'switches Stripe on' },
  STRIPE_WEBHOOK_SECRET: {
    readers: ['api'],
    secret: true,
    schema: z.string().optional(),
    says: 'signing secret of the Stripe webhook endpoint',
  },
  STRIPE_WEBHOOK_SECRET_PREVIOUS: {
    readers: ['api'],
    secret: true,
    schema: z.string().optional(),
    says: 'the secret before, for the 24 h of a roll',
  },
  STRIPE_API_BASE: {
    readers: ['worker'],
    schema: web.optional(),
    says: 'simulator address; refused in production',
  },
  STRIPE_ENVIRONMENT: {
    readers: both,
    schema: z.enum(['live', 'test']).default('test'),
    says: 'whether the Stripe account takes live money; events of the other kind are recorded, never applied',
  },
  STRIPE_ACCOUNT: {
    readers: both,
    schema: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .default('main'),
    says: 'slug of the Stripe account; part of its webhook address',
  },
  PAYPAL_CLIENT_ID: { readers: ['worker'], schema: z.string().optional(), says: 'switches PayPal on' },
  PAYPAL_CLIENT_SECRET: {
    readers: ['worker'],
    secret: true,
    schema: z.string().optional(),
    says: 'secret of the PayPal app',
  },
  PAYPAL_WEBHOOK_ID: { readers: both, schema: z.string().optional(), says: 'id of our webhook at PayPal' },
  PAYPAL_ENVIRONMENT: {
    readers: both,
    schema: z.enum(['live', 'sandbox', 'simulator']).default('sandbox'),
    says: 'which PayPal',
  },
  PAYPAL_API_BASE: {
    readers: ['worker'],
    schema: web.optional(),
    says: 'simulator address; refused in production',
  },
  PAYPAL_TRUST: {
    readers: both,
    schema: z.string().optional(),
    says: 'simulator certificate trust, `{"hosts":[…],"roots":[PEM…]}`; refused in production',
  },
  PAYPAL_ACCOUNT: {
    readers: both,
    schema: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .default('main'),
    says: 'slug of the PayPal account; part of its webhook address',
  },
  SMTP_HOST: { readers: ['worker'], schema: z.string(), says: 'mail server' },
  SMTP_PORT: { readers: ['worker'], schema: port.default(587), says: 'its port' },
  SMTP_SECURE: { readers: ['worker'], schema: flag, says: 'TLS from the first byte (port 465)' },
  SMTP_USER: { readers: ['worker'], schema: z.string().optional(), says: 'its user' },
  SMTP_PASSWORD: { readers: ['worker'], secret: true, schema: z.string().optional(), says: "the user's password" },
  MAIL_FROM: {
    readers: ['worker'],
    schema: z.string().default('Hostwright <billing@hostwright.example>'),
    says: 'sender of mails',
  },
} as const satisfies Record<string, Variable>;

export type Configuration = { [K in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[K]['schema']> };
type NamesFor<R extends Reader> = {
  [K in keyof typeof VARIABLES]: R extends (typeof VARIABLES)[K]['readers'][number] ? K : never;
}[keyof typeof VARIABLES];

/**
 * Reads what one process needs.
 * @throws Error naming every variable that is missing or wrong; never its value
 */
export function readConfiguration<R extends Reader>(
  reader: R,
  env: Record<string, string | undefined>,
): Pick<Configuration, NamesFor<R>> {
  const problems: string[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(VARIABLES) as [string, Variable][]) {
    if (!variable.readers.includes(reader)) continue;
    const result = variable.schema.safeParse(env[name] === '' ? undefined : env[name]);
    if (result.success) read[name] = result.data;
    else
      problems.push(
        `${name}: ${env[name] ? result.error.issues.map(({ message }) => message).join('; ') : 'is missing'} (${variable.says})`,
      );
  }
  if (problems.length > 0)
    throw new Error(
      `The configuration of the ${reader} is not complete:\n  ${problems.join('\n  ')}\nSee docs/configuration.md.`,
    );
  return read as Pick<Configuration, NamesFor<R>>;
}
