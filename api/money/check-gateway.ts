import type { z } from '@hono/zod-openapi';
import { newId } from '#domain/ids.ts';
import type { GatewayName } from '#domain/vendors.ts';
import type { GatewayCheck } from '../contracts/gateways.ts';
import { askForCheck } from '../messages/ask-for-check.ts';
import type { Temporal } from '../messages/temporal.ts';

const NOTES = {
  passed: 'The check passed: payments can be taken there, and what waited for it tries again.',
  failed: (step: string) => `The check did not pass at "${step}". Mend that, then test it again.`,
  unfinished: 'The check could not be finished. Test the gateway again.',
  nobody: 'No worker answered, so it is not checked. The regular check or POST /gateways/{name}/test does that.',
};

/** Has a worker check a gateway. @returns no check when nobody was there to do it; the note says what to do then */
export const checkGateway = (
  temporal: Temporal,
  gateway: GatewayName,
  asOf: Date,
): Promise<{ check: z.infer<typeof GatewayCheck> | null; note: string }> =>
  askForCheck(
    temporal,
    { name: 'checkGateway', args: [{ gateway, asOf: asOf.getTime() }], id: `check-gateway/${gateway}/${newId()}` },
    NOTES,
  );
