import type { GatewayName } from '#domain/vendors.ts';
import { missing, takeIn } from '#db/messages/inbox.ts';
import { isKeepable } from '#db/messages/keepable.ts';
import { allOrFirstError } from '#activities/all-or-first-error.ts';
import type { Gateway } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { atGateway } from '#activities/where.ts';

/** How far back each sweep looks. A webhook that is later than that was redelivered, or is lost for good reasons. */
const SWEEP_MS = 72 * 3_600_000;

export const createSweepActivities = ({
  orm,
  gateways,
  settings,
  livemode,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'> & { livemode: (gateway: GatewayName) => boolean }) => {
  /** A page at a time: the inbox is asked once for all its events, and only what it lacks is taken in. */
  const sweep = async (gateway: Gateway, asOf: Date): Promise<number> => {
    const { name, account } = gateway;
    const ours = { env: settings.env, livemode: livemode(name) };
    let found = 0;
    for await (const events of gateway.listEvents(new Date(asOf.getTime() - SWEEP_MS))) {
      // One that cannot be kept must not keep the others from being read.
      for (const event of await missing(orm, name, events.filter(isKeepable))) {
        const intake = await takeIn(orm, { gateway: name, account, source: 'sweep', event }, ours, asOf);
        if (intake !== 'duplicate' && intake !== 'ignored') found += 1;
      }
    }
    return found;
  };
  return {
    /**
     * Reads the events of the last 72 hours at every gateway; what the inbox lacks goes the way of a webhook. A gateway
     * that does not answer keeps none of the others from being read; its trouble is thrown when they are done.
     */
    async sweepGatewayEvents({ asOf }: { asOf: number }): Promise<{ found: number }> {
      const found = await allOrFirstError(
        gateways.all().map((gateway) => atGateway(gateway.name, () => sweep(gateway, new Date(asOf)))),
      );
      return { found: found.reduce((sum, count) => sum + count, 0) };
    },
  };
};
export type SweepActivities = ReturnType<typeof createSweepActivities>;
