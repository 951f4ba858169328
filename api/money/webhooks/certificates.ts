import { setTimeout as pause } from 'node:timers/promises';
import { asNobody } from '#db/acting.ts';
import { newId } from '#domain/ids.ts';
import type { Parts } from '#api/http/context.ts';

/** A delivery waits this long for its certificate; then the gateway is asked to deliver again. */
const PATIENCE_MS = 5_000;
/** Addresses come from whoever calls, so fetches are few, however many call. */
const FETCHES = { max: 10, windowSeconds: 60 };
const REMEMBERED = 50;

/** Certificates that webhooks are checked with: from memory, then the database, then through the worker. */
export function createCertificates(
  gateway: string,
  { orm, temporal, limiter, log }: Pick<Parts, 'orm' | 'temporal' | 'limiter' | 'log'>,
) {
  const remembered = new Map<string, { pem: string; validUntil: Date }>();
  const underWay = new Map<string, Promise<void>>();

  const known = async (url: string, asOf: Date): Promise<string | undefined> => {
    const here = remembered.get(url);
    if (here && here.validUntil > asOf) return here.pem;
    const [row] = await asNobody(orm, (em) =>
      em.execute<{ pem: string; valid_until: string }[]>(
        `select pem, valid_until from gateway_certificate where url = ? and gateway = ? and valid_until > ?`,
        [url, gateway, asOf],
      ),
    );
    if (!row) return undefined;
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(url, { pem: row.pem, validUntil: new Date(row.valid_until) });
    return row.pem;
  };

  /** One fetch at a time for an address, however many deliveries wait for it. */
  const fetch = (url: string, asOf: Date): Promise<void> => {
    const running = underWay.get(url);
    if (running) return running;
    if (!limiter.take('certificate_fetch', gateway, FETCHES, asOf.getTime()).allowed) return Promise.resolve();
    const fetching = temporal
      .executeActivity('fetchGatewayCertificate', [{ gateway, url }], `certificate/${newId()}`)
      .then(
        () => {},
        (error: unknown) => log.warn({ gateway, err: error }, 'a webhook certificate could not be fetched'),
      )
      .finally(() => underWay.delete(url));
    underWay.set(url, fetching);
    return fetching;
  };

  return {
    known,
    /** Has the worker fetch it. @returns nothing when it is not there in time */
    async fetched(url: string, asOf: Date): Promise<string | undefined> {
      const patience = new AbortController();
      const tooLate = pause(PATIENCE_MS, undefined, { signal: patience.signal, ref: false }).catch(() => {});
      await Promise.race([fetch(url, asOf), tooLate]);
      patience.abort();
      return known(url, asOf);
    },

    /** When it cannot be had at all: has the worker ask the gateway. @returns nothing when nobody can say */
    async askedBack(raw: Uint8Array, headers: Record<string, string>, asOf: Date): Promise<boolean | undefined> {
      if (!limiter.take('webhook_postback', gateway, FETCHES, asOf.getTime()).allowed) return undefined;
      const about = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(`${gateway}-`)));
      const delivery = { gateway, raw: Buffer.from(raw).toString('base64'), headers: about };
      try {
        const id = `postback/${newId()}`;
        return (await temporal.executeActivity<{ genuine: boolean }>('verifyWebhookByPostback', [delivery], id))
          .genuine;
      } catch (error) {
        log.warn({ gateway, err: error }, 'a webhook could not be verified by postback');
        return undefined;
      }
    },
  };
}
