import { DEFAULT_PANEL, PANELS } from '#domain/vendors.ts';
import { z } from '@hono/zod-openapi';
import { PANEL_CAPABILITIES } from '#domain/services/panel-capabilities.ts';
import { DEFAULT_BUDGET } from '#domain/services/panel-budget.ts';
import { BaseUrl } from './base-url.ts';
import { Id, Instant, line, Network } from './common.ts';
import { PackageId, PLAN_CODE, PlanCode } from './catalog.ts';

export const NodeName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$/, 'is lower-case letters, digits, dots and dashes')
  .meta({ example: 'ams-1' });

const PUBLIC_URL =
  'Where customers reach its panel. Unless told it is `base_url`, or nothing where that is an address of a private network';
/** Where customers are sent, as staff say it. */
const PublicUrl = BaseUrl.meta({ description: PUBLIC_URL, example: 'https://panel.example:8443' });

/** One visible word; what a panel hands out as a key. */
const Key = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'is visible ASCII without spaces, as the panel shows it')
  .meta({ writeOnly: true });

const Capacity = z.int().min(0).max(100_000).meta({ description: 'Accounts the node may carry' });
/** Of one key, in an hour or a day: what its panel grants, less a reserve. */
const Calls = z.int().min(1).max(10_000_000);
const CallsPerHour = Calls.meta({ description: 'Calls we make at most with its key in an hour' });
const CallsPerDay = Calls.meta({ description: 'Calls we make at most with its key in a day' });
const Location = line(100).meta({ example: 'Amsterdam' });
/** What not every panel can; the check finds it. */
const Capability = z.enum(PANEL_CAPABILITIES);
const Packages = z
  .record(PlanCode, PackageId)
  .refine((packages) => Object.keys(packages).length <= 100, 'has at most 100 plans')
  .meta({
    propertyNames: { pattern: PLAN_CODE.source },
    maxProperties: 100,
    description: 'By plan code, the panel’s own package id',
    example: { starter: '1' },
  });

export const AddNode = z
  .strictObject({
    name: NodeName,
    panel: z.enum(PANELS).default(DEFAULT_PANEL),
    base_url: BaseUrl,
    public_url: PublicUrl.optional(),
    api_key: Key,
    api_secret: Key,
    capacity: Capacity,
    location: Location.optional(),
    calls_per_hour: CallsPerHour.default(DEFAULT_BUDGET.perHour),
    calls_per_day: CallsPerDay.default(DEFAULT_BUDGET.perDay),
    capabilities_off: z
      .array(Capability)
      .max(PANEL_CAPABILITIES.length)
      .default([])
      .meta({ description: 'What its panel can and we are not to use; what it can is found by the check' }),
    packages: Packages.default({}),
  })
  .meta({ id: 'AddNode' });

export const ChangeNode = z
  .strictObject({
    base_url: BaseUrl.optional(),
    public_url: PublicUrl.nullable().optional(),
    api_key: Key.optional(),
    api_secret: Key.optional(),
    capacity: Capacity.optional(),
    draining: z.boolean().optional(),
    location: Location.nullable().optional(),
    calls_per_hour: CallsPerHour.optional(),
    calls_per_day: CallsPerDay.optional(),
    capabilities_off: z.array(Capability).max(PANEL_CAPABILITIES.length).optional(),
    packages: Packages.optional().meta({ description: 'Sets these plans; the others stay as they are' }),
  })
  .refine((change) => (change.api_key === undefined) === (change.api_secret === undefined), {
    message: 'comes with the other half: a key is replaced as a pair',
    path: ['api_secret'],
  })
  .meta({ id: 'ChangeNode', dependentRequired: { api_key: ['api_secret'], api_secret: ['api_key'] } });

export const NodeView = z
  .strictObject({
    id: Id,
    name: z.string(),
    panel: z.string(),
    base_url: z.string(),
    public_url: z
      .string()
      .nullable()
      .meta({ description: 'Where customers reach its panel; null: they are told none' }),
    location: z.string().nullable(),
    capabilities: z.array(z.string()).meta({ description: 'What its panel can and nobody switched off' }),
    capabilities_found: z.array(z.string()),
    capabilities_off: z.array(z.string()),
    capacity: z.int(),
    slots_taken: z.int(),
    free_slots: z.int(),
    utilization_percent: z.number().meta({ description: 'One decimal' }),
    calls_per_hour: z.int(),
    calls_per_day: z.int(),
    calls_left: z.int().meta({
      description: 'Of both, what is left now: as all workers together have counted, up to ten seconds ago',
    }),
    draining: z.boolean(),
    health: z.enum(['healthy', 'failing']),
    checked_at: Instant.nullable(),
    version: z.string().nullable(),
    credentials_changed_at: Instant,
    packages: z.record(z.string(), z.string()),
    panel_credentials: z.int().meta({ description: 'Keys its panel may sign license questions with now' }),
    open_incidents: z.int(),
    takes_orders: z.boolean(),
    because: z.string().nullable().meta({ description: 'Why it takes no orders' }),
  })
  .meta({ id: 'Node' });
export const NodeList = z.strictObject({ nodes: z.array(NodeView) }).meta({ id: 'NodeList' });

export const NodeCheck = z
  .strictObject({
    ok: z.boolean(),
    steps: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), message: z.string() })),
  })
  .meta({ id: 'NodeCheck' });
/** A node and what its check said; null when nobody was there to check it. */
export const CheckedNode = z
  .strictObject({ node: NodeView, check: NodeCheck.nullable(), note: z.string() })
  .meta({ id: 'CheckedNode' });

export const AddPanelCredential = z
  .strictObject({
    allowed_networks: z.array(Network).max(20).default([]).meta({ description: 'Empty: from anywhere' }),
  })
  .meta({ id: 'AddPanelCredential' });
const credential = {
  id: Id,
  key_id: z.string(),
  node_id: Id,
  scopes: z.array(z.string()),
  allowed_networks: z.array(z.string()),
  created_at: Instant,
  expires_at: Instant.nullable(),
  revoked_at: Instant.nullable(),
};
export const PanelCredentialView = z.strictObject(credential).meta({ id: 'PanelCredential' });
export const PanelCredentialList = z
  .strictObject({ credentials: z.array(PanelCredentialView) })
  .meta({ id: 'PanelCredentialList' });
export const NewPanelCredential = z
  .strictObject({
    ...credential,
    secret: z.string().meta({ description: 'Its characters are the HMAC key. Shown this once' }),
  })
  .meta({ id: 'NewPanelCredential' });
