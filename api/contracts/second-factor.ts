import { z } from '@hono/zod-openapi';
import { Instant } from './common.ts';
import { Code, Password } from './people.ts';

export const SecondFactorView = z
  .strictObject({
    enrolled_at: Instant.nullable(),
    recovery_codes_left: z.int(),
    required: z.boolean().meta({ description: 'Nothing else can be done before it is set up' }),
    may_put_off: z.boolean().meta({ description: 'Once, in the sandbox' }),
  })
  .meta({ id: 'SecondFactor' });

export const BeginSecondFactor = z
  .strictObject({
    password: Password,
    code: Code.optional().meta({ description: 'Of the second factor there is, when it is to be replaced' }),
  })
  .meta({ id: 'BeginSecondFactor' });
export const SecondFactorSecret = z
  .strictObject({
    secret: z.string().meta({ description: 'To be typed into an authenticator app; base32' }),
    uri: z.string().meta({ description: 'The same as an address, to be shown as a QR code' }),
  })
  .meta({ id: 'SecondFactorSecret' });

export const ConfirmSecondFactor = z.strictObject({ code: Code }).meta({ id: 'ConfirmSecondFactor' });
export const RecoveryCodes = z
  .strictObject({
    recovery_codes: z
      .array(z.string())
      .meta({ description: 'Each gets you in once without the app. Shown now and never again' }),
  })
  .meta({ id: 'RecoveryCodes' });

export const ProveYourself = z
  .strictObject({ password: Password, code: Code.optional() })
  .meta({ id: 'ProveYourself' });
export const ProveWithCode = z.strictObject({ password: Password, code: Code }).meta({ id: 'ProveWithCode' });
