import { z } from '@hono/zod-openapi';
import { CustomerNumber, Id, Instant, line } from './common.ts';
import { Page } from './orders.ts';

export const LicenseView = z
  .strictObject({
    id: Id,
    key_hint: z.string().meta({ description: 'First five and last four symbols' }),
    status: z.enum(['active', 'suspended', 'expired', 'cancelled']),
    plan: z.strictObject({ code: z.string(), name: z.string() }),
    service: z.strictObject({ id: Id, reference: z.string(), username: z.string().nullable() }),
    quotas: z.record(z.string(), z.int()).meta({ description: 'By feature; -1 is unlimited' }),
    issued_at: Instant,
    expires_at: Instant.nullable(),
    customer: z
      .strictObject({ id: Id, number: CustomerNumber, name: z.string() })
      .optional()
      .meta({ description: 'For staff' }),
    node: z.string().nullable(),
  })
  .meta({ id: 'License' });
export const LicenseList = z
  .strictObject({ licenses: z.array(LicenseView), next: Id.nullable() })
  .meta({ id: 'LicenseList' });
export const FindLicenses = z.strictObject({
  ...Page,
  q: line(100)
    .optional()
    .meta({ description: 'Part of the masked key, of the user name, or of the service’s reference' }),
});
export const RevealedLicense = z.strictObject({ id: Id, key: z.string() }).meta({ id: 'RevealedLicense' });
