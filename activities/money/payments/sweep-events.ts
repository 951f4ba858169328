import type { GatewayName } from '#domain/vendors.ts';
import { GatewayCertificate } from '#db/entities/index.ts';
import { missing, takeIn } from '#db/messages/inbox.ts';
import { inTransaction } from '#db/orm.ts';
import { allOrFirstTrouble } from '#activities/each.ts';
import type { Gateway } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { atGateway } from '#activities/where.ts';

/** How far back each sweep looks. A webhook that is later than that was redelivered, or is lost for good reasons. */
const SWEEP_MS = 72 * 3_600_000;

export interface CertificateSource {
  /** Asks the gateway itself whether a delivery is its own. Null where it offers no such question. */
  isGenuine(gateway: string, delivery: { raw: Uint8Array; headers: Record<string, string> }): Promise<boolean> | null;
  /** @throws when the address is not the gateway's, or what it serves is not trusted */
  fetch(gateway: string, url: string): Promise<{ pem: string; validUntil: Date }>;
}

export const createSweepActivities = ({
  orm,
  gateways,
  settings,
  livemode,
  certificates,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'> & {
  livemode: (gateway: GatewayName) => boolean;
  certificates: CertificateSource;
}) => {
  /** A page at a time: the inbox is asked once for all its events, and only what it lacks is taken in. */
  const sweep = async (gateway: Gateway, asOf: Date): Promise<number> => {
    const { name, account } = gateway;
    const ours = { env: settings.env, livemode: livemode(name) };
    let found = 0;
    for await (const events of gateway.listEvents(new Date(asOf.getTime() - SWEEP_MS))) {
      for (const event of await missing(orm, name, events)) {
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
      const found = await allOrFirstTrouble(
        gateways.all().map((gateway) => atGateway(gateway.name, () => sweep(gateway, new Date(asOf)))),
      );
      return { found: found.reduce((sum, count) => sum + count, 0) };
    },

    /** Fetches the certificate a webhook was signed with, so that the API can check it without calling anybody. */
    async fetchGatewayCertificate({ gateway, url }: { gateway: string; url: string }): Promise<{ stored: boolean }> {
      const { pem, validUntil } = await atGateway(gateway, () => certificates.fetch(gateway, url));
      await inTransaction(orm, async (em) => {
        await em.upsert(GatewayCertificate, { url, gateway, pem, fetchedAt: new Date(), validUntil });
      });
      return { stored: true };
    },

    /**
     * For a delivery whose certificate cannot be had: asks the gateway. It throws when the gateway does not say, and the
     * delivery is then asked for again.
     * @param raw  the body as it came, base64
     */
    async verifyWebhookByPostback({
      gateway,
      raw,
      headers,
    }: {
      gateway: string;
      raw: string;
      headers: Record<string, string>;
    }): Promise<{ genuine: boolean }> {
      const asked = certificates.isGenuine(gateway, { raw: Buffer.from(raw, 'base64'), headers });
      return { genuine: asked !== null && (await atGateway(gateway, async () => asked)) };
    },
  };
};
export type SweepActivities = ReturnType<typeof createSweepActivities>;
