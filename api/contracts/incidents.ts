import { z } from '@hono/zod-openapi';
import { CustomerNumber, Id, Instant, line, text } from './common.ts';
import { PackageId } from './catalog.ts';
import { Page, Username } from './orders.ts';

export const IncidentStatus = z.enum(['open', 'decided', 'healed', 'closed']);
const Action = z.enum(['retry', 'skip', 'abort']);

const RetryFieldView = z.strictObject({
  name: z.string().meta({ description: 'In `input`', example: 'node_id' }),
  label: z.string(),
  kind: z.enum(['node', 'package', 'username']),
});

const summary = {
  id: Id,
  title: z.string().meta({ description: 'For people; step and reason are its code' }),
  step: z.string().meta({ description: 'Which step waits', example: 'account' }),
  reason: z.string().meta({ example: 'VendorUnauthorized' }),
  status: IncidentStatus,
  adapter: z.string().nullable().meta({ description: 'Vendor' }),
  order: z.strictObject({ id: Id, reference: z.string() }).nullable(),
  customer: z.strictObject({ id: Id, number: CustomerNumber, name: z.string() }).nullable(),
  node: z.strictObject({ id: Id, name: z.string() }).nullable(),
  gateway: z.string().nullable(),
  parent_id: Id.nullable().meta({ description: 'The incident that stands for the shared cause' }),
  opened_at: Instant,
  closed_at: Instant.nullable(),
};
export const IncidentSummary = z.strictObject(summary).meta({ id: 'IncidentSummary' });
export const IncidentList = z
  .strictObject({ incidents: z.array(IncidentSummary), next: Id.nullable() })
  .meta({ id: 'IncidentList' });

export const IncidentView = z
  .strictObject({
    ...summary,
    message: z.string().meta({ description: 'The exact error' }),
    choices: z
      .array(
        z.strictObject({
          action: Action,
          label: z.string(),
          does: z.string(),
          fields: z.array(RetryFieldView),
        }),
      )
      .meta({ description: 'What can be decided, and which inputs a retry takes' }),
    decision: z
      .strictObject({
        actor: z.string(),
        action: Action,
        input: z.record(z.string(), z.string()),
        note: z.string(),
        decided_at: Instant,
      })
      .nullable(),
    workflow_id: z.string(),
    workflow_url: z.string().nullable().meta({ description: 'In the Temporal UI' }),
  })
  .meta({ id: 'Incident' });

export const FindIncidents = z.strictObject({
  ...Page,
  status: IncidentStatus.optional(),
  order_id: Id.optional(),
  node_id: Id.optional(),
});

/** What a person decides. Skipping and aborting say why. */
export const Decide = z
  .strictObject({
    action: Action,
    input: z
      .strictObject({ node_id: Id.optional(), package_id: PackageId.optional(), username: Username.optional() })
      .optional()
      .meta({ description: 'For a retry: what to do differently' }),
    note: text(1000).optional(),
  })
  .refine(({ action, note }) => action === 'retry' || !!note?.trim(), {
    path: ['note'],
    message: 'says why, for whoever reads the history',
  })
  .refine(({ action, input }) => action === 'retry' || input === undefined, {
    path: ['input'],
    message: 'is for a retry only',
  })
  .meta({
    id: 'Decide',
    anyOf: [
      { properties: { action: { enum: ['retry'] } } },
      { properties: { note: { pattern: String.raw`\S` } }, required: ['note'], not: { required: ['input'] } },
    ],
  });
export const Decided = z
  .strictObject({
    said: z.string().meta({ description: 'What the workflow answered', example: 'retry accepted for account' }),
  })
  .meta({ id: 'Decided' });

export const TaskView = z
  .strictObject({
    id: Id,
    kind: z.string().meta({ example: 'late_money' }),
    title: z.string().meta({ description: 'The kind, as people call it' }),
    text: z.string(),
    order: z.strictObject({ id: Id, reference: z.string() }).nullable(),
    customer: z.strictObject({ id: Id, number: CustomerNumber, name: z.string() }).nullable(),
    opened_at: Instant,
    done_at: Instant.nullable(),
    done_by: z.string().nullable(),
  })
  .meta({ id: 'Task' });
export const TaskList = z.strictObject({ tasks: z.array(TaskView), next: Id.nullable() }).meta({ id: 'TaskList' });
export const FindTasks = z.strictObject({ ...Page, done: z.enum(['true', 'false']).default('false') });

/** Ids read as paths; see domain/workflows/workflow-ids.ts. */
export const RestartWorkflow = z
  .strictObject({
    workflow_id: z
      .string()
      .max(200)
      .regex(/^[a-z]+\/[a-z0-9/-]+$/)
      .meta({ examples: ['order/019ab3c0-0000-7000-8000-000000000000'] }),
  })
  .meta({ id: 'RestartWorkflow' });
export const RestartedWorkflow = z.strictObject({ workflow_id: z.string() }).meta({ id: 'RestartedWorkflow' });

export const AuditView = z
  .strictObject({
    id: Id,
    at: Instant,
    actor_type: z.string(),
    actor_id: z.string().nullable(),
    on_behalf_of: z.string().nullable(),
    action: z.string(),
    object_type: z.string(),
    object_id: z.string().nullable(),
    customer_id: Id.nullable(),
    reason: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    request_id: z.string().nullable(),
    network: z.string().nullable(),
    result: z.string(),
    seq: z
      .int()
      .nullable()
      .meta({ description: 'Its number in the chain; null until the next round of the sequencer' }),
  })
  .meta({ id: 'AuditEntry' });
export const AuditList = z.strictObject({ entries: z.array(AuditView), next: Id.nullable() }).meta({ id: 'AuditList' });
const Word = line(100);
export const FindAudit = z.strictObject({
  ...Page,
  action: Word.optional().meta({ description: 'Exact, or its start with a dot at the end: `order.`' }),
  object_type: Word.optional(),
  object_id: Word.optional(),
  actor_id: Word.optional(),
  customer_id: Id.optional(),
  since: Instant.optional(),
  until: Instant.optional(),
});
export const AuditVerdict = z
  .strictObject({
    intact: z.boolean(),
    problems: z.array(z.strictObject({ seq: z.int().nullable(), problem: z.string() })),
    entries: z.int().meta({ description: 'Entries in the chain' }),
    waiting: z.int().meta({ description: 'Entries the sequencer has not taken yet' }),
  })
  .meta({ id: 'AuditVerdict' });
