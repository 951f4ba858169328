import { query, statement } from '#db/statements.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { atGateway } from '#activities/where.ts';

/** Where gateways sign webhooks with certificates of their own. */
export interface CertificateSource {
  /** Asks the gateway itself whether a delivery is its own. Null where it offers no such question. */
  isGenuine(gateway: string, delivery: { raw: Uint8Array; headers: Record<string, string> }): Promise<boolean> | null;
  /** @throws when the address is not the gateway's, or what it serves is not trusted */
  fetch(gateway: string, url: string): Promise<{ pem: string; validUntil: Date }>;
}

const KEEP_CERTIFICATE = statement(
  'keep_certificate',
  `insert into gateway_certificate (url, gateway, pem, fetched_at, valid_until) values ($url, $gateway, $pem, now(), $validUntil)
   on conflict (url) do update set gateway = excluded.gateway, pem = excluded.pem, fetched_at = excluded.fetched_at,
     valid_until = excluded.valid_until`,
);

export const createWebhookActivities = ({
  orm,
  certificates,
}: Pick<ActivityParts, 'orm'> & { certificates: CertificateSource }) => ({
  /** Fetches the certificate a webhook was signed with, so that the API can check it without calling anybody. */
  async fetchGatewayCertificate({ gateway, url }: { gateway: string; url: string }): Promise<{ stored: boolean }> {
    const { pem, validUntil } = await atGateway(gateway, () => certificates.fetch(gateway, url));
    await query(orm, KEEP_CERTIFICATE, { url, gateway, pem, validUntil });
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
});
export type WebhookActivities = ReturnType<typeof createWebhookActivities>;
