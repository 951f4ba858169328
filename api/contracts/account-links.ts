import { z } from '@hono/zod-openapi';
import { LinkToken } from './common.ts';
import { Email } from './email.ts';
import { Password } from './people.ts';

export const AskPasswordReset = z.strictObject({ email: Email }).meta({ id: 'AskPasswordReset' });

export const PasswordResetAsked = z
  .strictObject({ next: z.literal('open_link') })
  .meta({ id: 'PasswordResetAsked', description: 'The same whether the address is known or not' });

export const AccountLinkView = z
  .strictObject({
    good: z.boolean(),
    purpose: z.enum(['confirm_address', 'password_reset', 'invitation']).nullable(),
    email: z.string().nullable().meta({ description: 'Whose account it is about' }),
  })
  .meta({ id: 'AccountLink' });

export const UseAccountLink = z
  .strictObject({
    token: LinkToken,
    password: Password.meta({
      description: 'To confirm an address: the one that was chosen while signing up; else the new one',
    }),
  })
  .meta({ id: 'UseAccountLink' });

export const AccountLinkUsed = z
  .strictObject({ email: z.string(), kind: z.enum(['customer', 'staff']) })
  .meta({ id: 'AccountLinkUsed' });
