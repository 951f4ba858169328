import { z } from '@hono/zod-openapi';
import { Country, Id, Instant, line, Network } from './common.ts';
import { Email } from './email.ts';

/** Taken exactly as sent: any Unicode, nothing trimmed. What a new one must be, POST answers per field. */
export const Password = z
  .string()
  .min(1)
  .max(512)
  .meta({ format: 'password', example: 'correct horse battery staple' });

/** A path of the portal, with what follows it. */
const PagePath = z
  .string()
  .max(500)
  .regex(/^\/([\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x7e]*)?$/, 'is a path of our pages');

export const SignUp = z
  .strictObject({
    email: Email,
    password: Password,
    name: line(200),
    company: line(200).optional(),
    country: Country,
    next: PagePath.optional().meta({ description: 'Where the link in the mail goes on to, on our pages' }),
  })
  .meta({ id: 'SignUp' });
export const SignUpAnswer = z
  .strictObject({ next: z.literal('confirm_address') })
  .meta({ id: 'SignUpAnswer', description: 'The same whether the address was free or not' });

/** Six digits of an authenticator app, or a recovery code, as people type them. */
export const Code = z
  .string()
  .regex(/^[0-9A-Za-z -]{6,60}$/, 'is the six digits of the app, or a recovery code')
  .meta({ example: '123456' });

export const SignIn = z
  .strictObject({
    email: Email,
    password: Password,
    code: Code.optional().meta({ description: 'Where a second factor is set up' }),
  })
  .meta({ id: 'SignIn' });

export const Me = z
  .strictObject({
    kind: z.enum(['customer', 'staff']),
    id: Id,
    email: z.string(),
    name: z.string(),
    customer_id: Id.nullable(),
    role: z.string().nullable(),
    permissions: z.array(z.string()),
    second_factor: z
      .enum(['on', 'off', 'required'])
      .meta({ description: '`required`: nothing else can be done before it is set up' }),
    csrf_token: z.string().nullable().meta({
      description: 'For a session: send it as X-CSRF-Token with every change. Null for an API key.',
    }),
  })
  .meta({ id: 'Me' });

export const SessionView = z
  .strictObject({
    id: Id,
    current: z.boolean(),
    created_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    network: z.string().nullable(),
    user_agent: z.string().nullable(),
  })
  .meta({ id: 'Session' });
export const SessionList = z.strictObject({ sessions: z.array(SessionView) }).meta({ id: 'SessionList' });

export const ChangePassword = z
  .strictObject({
    current_password: Password,
    new_password: Password,
    code: Code.optional().meta({ description: 'Where a second factor is set up' }),
  })
  .meta({ id: 'ChangePassword' });

export const Setup = z
  .strictObject({ token: z.string().min(20).max(100), email: Email, name: line(200), password: Password })
  .meta({ id: 'Setup' });

export const CreateApiKey = z
  .strictObject({
    name: line(100),
    scopes: z
      .array(z.string().max(60))
      .min(1)
      .max(40)
      .meta({ description: 'Permissions you have, `*` for all of them, or only `license:validate` for a panel' }),
    allowed_networks: z
      .array(Network)
      .max(20)
      .default([])
      .meta({ example: ['203.0.113.0/24'] }),
    expires_at: Instant.optional(),
  })
  .meta({ id: 'CreateApiKey' });
const apiKeyFields = {
  id: Id,
  name: z.string(),
  made_by: Id.nullable().meta({ description: 'The key it was made with, and ends with' }),
  scopes: z.array(z.string()),
  allowed_networks: z.array(z.string()),
  created_at: Instant,
  last_used_at: Instant.nullable(),
  expires_at: Instant.nullable(),
};
export const ApiKeyView = z.strictObject(apiKeyFields).meta({ id: 'ApiKey' });
export const ApiKeyList = z.strictObject({ api_keys: z.array(ApiKeyView) }).meta({ id: 'ApiKeyList' });
export const NewApiKeyView = z
  .strictObject({ ...apiKeyFields, key: z.string().meta({ description: 'Shown now and never again' }) })
  .meta({ id: 'NewApiKey' });
