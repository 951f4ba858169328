import { GATEWAY_MODES } from '#domain/money/gateway-mode.ts';
import { GATEWAYS } from '#domain/vendors.ts';
import { z } from '@hono/zod-openapi';
import { Instant } from './common.ts';

export const Received = z.strictObject({ received: z.literal(true) }).meta({ id: 'Received' });

/** Which ways to pay an order may name. */
export const GatewayList = z
  .strictObject({
    gateways: z.array(
      z.strictObject({
        name: z.enum(GATEWAYS),
        label: z.string().meta({ description: 'What people call it' }),
        title: z.string(),
        methods: z.string().meta({ description: 'What a customer pays with there' }),
      }),
    ),
  })
  .meta({ id: 'GatewayList' });

const CheckSteps = z.array(z.strictObject({ name: z.string(), ok: z.boolean(), message: z.string() }));

/** A gateway as staff see it; nothing of its credentials. */
export const GatewayHealthView = z
  .strictObject({
    name: z.enum(GATEWAYS),
    label: z.string(),
    offered: z.boolean().meta({ description: 'Customers may choose it' }),
    account: z.string().nullable().meta({ description: 'Slug of the account that was checked; null: never checked' }),
    health: z.enum(['healthy', 'failing']).nullable(),
    mode: z.enum(GATEWAY_MODES).nullable().meta({ description: 'Whether its credentials move real money' }),
    webhook_url: z.string().nullable().meta({ description: 'Where it sends events to, if it says so itself' }),
    steps: CheckSteps.meta({ description: 'What the last check tried' }),
    checked_at: Instant.nullable(),
    open_incidents: z.int(),
  })
  .meta({ id: 'GatewayHealth' });
export const GatewayHealthList = z
  .strictObject({ gateways: z.array(GatewayHealthView) })
  .meta({ id: 'GatewayHealthList' });

export const GatewayCheck = z.strictObject({ ok: z.boolean(), steps: CheckSteps }).meta({ id: 'GatewayCheck' });
/** A gateway and what its check said; null when nobody was there to check it. */
export const CheckedGateway = z
  .strictObject({ gateway: GatewayHealthView, check: GatewayCheck.nullable(), note: z.string() })
  .meta({ id: 'CheckedGateway' });
