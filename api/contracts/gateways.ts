import { GATEWAYS } from '#domain/vendors.ts';
import { z } from '@hono/zod-openapi';

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
