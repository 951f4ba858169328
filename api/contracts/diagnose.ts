import { z } from '@hono/zod-openapi';
import { CustomerNumber, Id, Instant } from './common.ts';
import { LicenseAnswer, LicenseCheck } from './validate.ts';

export const Diagnose = z
  .strictObject({
    license_key: LicenseCheck.shape.license_key,
    feature: LicenseCheck.shape.feature
      .optional()
      .meta({ description: 'Only this one; all of the license without it' }),
    node_id: Id.optional().meta({ description: 'As the panel of this node would be answered' }),
  })
  .meta({ id: 'Diagnose' });

/** In the order in which a validation looks at them, then what lies behind the license. */
export const CheckName = z.enum([
  'form',
  'credential',
  'limits',
  'license',
  'status',
  'expiry',
  'quota',
  'service',
  'subscription',
  'node',
]);

export const DiagnosisCheck = z
  .strictObject({
    check: CheckName,
    feature: z.string().nullable().meta({ description: 'Which one, of `quota`' }),
    passed: z.boolean().nullable().meta({ description: 'null: not reached, or not to be known here' }),
    says: z.string(),
    next: z.string().nullable().meta({ description: 'What to do' }),
  })
  .meta({ id: 'DiagnosisCheck' });

const { valid, error, code, remaining_quota, limit, current } = LicenseAnswer.shape;
const told = { valid, error, code: code.unwrap(), remaining_quota, limit, current };

const Named = z.strictObject({ id: Id, reference: z.string() });

export const Diagnosis = z
  .strictObject({
    valid: z.boolean().meta({ description: 'Whether every answer is yes' }),
    answers: z
      .array(z.strictObject({ feature: z.string().nullable().meta({ description: 'null: any' }), ...told }))
      .meta({ description: 'What a panel is told now, by feature' }),
    checks: z.array(DiagnosisCheck),
    license: z
      .strictObject({
        id: Id,
        key_hint: z.string(),
        status: z.enum(['active', 'suspended', 'expired', 'cancelled']),
        plan: z.strictObject({ code: z.string(), name: z.string() }),
        customer: Named.extend({ number: CustomerNumber, name: z.string() }),
        order: Named,
        service: Named.extend({ status: z.string(), username: z.string().nullable() }),
        node: z.strictObject({ id: Id, name: z.string() }).nullable(),
        issued_at: Instant,
        expires_at: Instant.nullable(),
        last_validated_at: Instant.nullable(),
        validations: z.int(),
      })
      .nullable(),
  })
  .meta({ id: 'Diagnosis' });
export type Diagnosis = z.infer<typeof Diagnosis>;
