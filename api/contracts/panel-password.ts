import { z } from '@hono/zod-openapi';
import { LinkToken } from './common.ts';

/** Printable ASCII: what every panel takes and every keyboard can type. */
export const PanelPassword = z
  .string()
  .min(12, 'has at least 12 characters')
  .max(72, 'has at most 72 characters')
  .regex(/^[\x20-\x7e]*$/, 'has only letters, digits, spaces and punctuation of ASCII')
  .meta({ format: 'password', writeOnly: true });

export const SetPanelPassword = z
  .strictObject({ token: LinkToken, password: PanelPassword })
  .meta({ id: 'SetPanelPassword' });

export const PanelPasswordLink = z
  .strictObject({ good: z.boolean(), service: z.string().nullable(), username: z.string().nullable() })
  .meta({ id: 'PanelPasswordLink' });

export const PanelPasswordSet = z
  .strictObject({
    outcome: z.enum(['set', 'revealed']),
    username: z.string().nullable(),
    panel_url: z.string().nullable().meta({ description: 'Where the customer signs in with it' }),
    initial_password: z
      .string()
      .optional()
      .meta({ description: 'Where the panel lets nobody set a password: the one it was made with, shown this once' }),
  })
  .meta({ id: 'PanelPasswordSet' });
