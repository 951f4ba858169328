/** Webhooks from the simulator to a receiver over HTTP, judged as production judges them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listed, sampleRequests } from '#activities/gateways/gateway.harness.ts';
import { fetchCertificate } from './certificate.ts';
import { startPaypal, WEBHOOK_ID, type PaypalHarness } from '../testing/harness.ts';
import type { CertificateTrust } from './trust.ts';
import { verifyPaypalWebhook, type PaypalDelivery } from './webhook.ts';

/** Takes deliveries, and lets a test wait for as many as it expects. */
async function startReceiver() {
  const received: PaypalDelivery[] = [];
  const waiting: (() => void)[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ raw: Buffer.concat(chunks), headers: request.headers as Record<string, string> });
    response.writeHead(status).end();
    for (const wake of waiting.splice(0)) wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/paypal/main`,
    received,
    answerWith: (next: number) => void (status = next),
    async count(n: number) {
      while (received.length < n) await new Promise<void>((resolve) => waiting.push(resolve));
      return received;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let paypal: PaypalHarness;
let trust: CertificateTrust;
let requests: ReturnType<typeof sampleRequests>;
const certificates = new Map<string, string>();

beforeEach(async () => {
  receiver = await startReceiver();
  paypal = await startPaypal({ webhookUrl: receiver.url });
  trust = await paypal.control<CertificateTrust>('GET', '/_sim/trust');
  requests = sampleRequests();
  certificates.clear();
});
afterEach(async () => {
  await paypal.close();
  await receiver.close();
});

const judge = (delivery: PaypalDelivery, webhookId = WEBHOOK_ID) =>
  verifyPaypalWebhook({
    ...delivery,
    webhookId,
    trust,
    certificates: (url) => certificates.get(url),
    now: new Date(),
  });

/** As the API and the worker do together: the one asks, the other fetches. */
async function judgeFetching(delivery: PaypalDelivery) {
  const first = await judge(delivery);
  if (first.verdict !== 'needs') return first;
  certificates.set(first.certificateUrl, (await fetchCertificate(first.certificateUrl, { trust })).pem);
  return judge(delivery);
}

async function payOnce() {
  const { checkoutId } = await paypal.gateway.checkout({ ...requests.checkout, saveMethod: false });
  await paypal.press('pay', checkoutId);
  await paypal.gateway.settle(requests.handle(checkoutId));
}

const typesOf = (deliveries: PaypalDelivery[]) =>
  deliveries.map(({ raw }) => (JSON.parse(Buffer.from(raw).toString()) as { event_type: string }).event_type);

describe('a delivery of the simulator', () => {
  it('HOOK-01 HOOK-02 is genuine, once its certificate has been fetched and found good', async () => {
    await payOnce();
    const deliveries = await receiver.count(3);
    expect(await judge(deliveries[0]!)).toMatchObject({ verdict: 'needs' });
    const events = [];
    for (const delivery of deliveries) {
      const verdict = await judgeFetching(delivery);
      if (verdict.verdict !== 'genuine') throw new Error(JSON.stringify(verdict));
      events.push(verdict.event);
    }
    expect(events.map(({ type }) => type).sort()).toEqual([
      'CHECKOUT.ORDER.APPROVED',
      'CHECKOUT.ORDER.COMPLETED',
      'PAYMENT.CAPTURE.COMPLETED',
    ]);
    for (const event of events) expect(event).toMatchObject({ livemode: false, reference: requests.reference });
    expect(certificates.size).toBe(1);
  });

  it('HOOK-01 is forged for whoever has another registration, or trusts other roots', async () => {
    await payOnce();
    const [delivery] = await receiver.count(1);
    await judgeFetching(delivery!);
    expect(await judge(delivery!, 'WH-OTHER')).toMatchObject({ verdict: 'forged' });
    trust = { hosts: trust.hosts };
    expect(await judge(delivery!)).toMatchObject({ verdict: 'forged' });
  });

  it('carries the same event id when it is sent again, under another transmission id', async () => {
    await paypal.control('POST', '/_sim/webhooks/plan', { copies: 2, drop: ['CHECKOUT.ORDER.APPROVED'] });
    await payOnce();
    const deliveries = await receiver.count(4);
    const ids = deliveries.map(({ raw }) => (JSON.parse(Buffer.from(raw).toString()) as { id: string }).id);
    expect(new Set(ids).size).toBe(2);
    expect(new Set(deliveries.map(({ headers }) => headers['paypal-transmission-id'])).size).toBe(4);
    expect(typesOf(deliveries)).not.toContain('CHECKOUT.ORDER.APPROVED');
  });

  it('waits while held, and comes in the order it is released', async () => {
    await paypal.control('POST', '/_sim/webhooks/plan', { hold: true });
    await payOnce();
    const held = await paypal.control<{ eventId: string; type: string }[]>('GET', '/_sim/webhooks/held');
    expect(receiver.received).toHaveLength(0);
    const eventIds = held.map(({ eventId }) => eventId).reverse();
    await paypal.control('POST', '/_sim/webhooks/release', { eventIds });
    expect(typesOf(receiver.received)).toEqual(held.map(({ type }) => type).reverse());
  });

  it('comes again until it is taken', async () => {
    receiver.answerWith(503);
    await paypal.control('POST', '/_sim/wallets', {});
    await receiver.count(1);
    receiver.answerWith(200);
    await receiver.count(2);
    expect(typesOf(receiver.received)).toEqual(['VAULT.PAYMENT-TOKEN.CREATED', 'VAULT.PAYMENT-TOKEN.CREATED']);
  });

  it('can be asked for again', async () => {
    await paypal.control('POST', '/_sim/wallets', {});
    await receiver.count(1);
    const [event] = await listed(paypal.gateway, new Date(Date.now() - 60_000));
    await resend(event!.eventId);
    await receiver.count(2);
  });
});

async function resend(eventId: string) {
  const { clientId, clientSecret } = paypal.config;
  const token = await fetch(`${paypal.url}/v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const response = await fetch(`${paypal.url}/v1/notifications/webhooks-events/${eventId}/resend`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}` },
  });
  expect(response.status).toBe(202);
}

describe('a postback', () => {
  it('HOOK-01 vouches for a delivery as it came, down to the spaces', async () => {
    await payOnce();
    for (const delivery of await receiver.count(3)) {
      expect(await paypal.gateway.verifyByPostback(delivery)).toMatchObject({ verdict: 'genuine' });
    }
  });

  it('HOOK-01 does not vouch for the same event written anew, for another event, or for no event', async () => {
    await payOnce();
    const [delivery] = await receiver.count(1);
    const text = Buffer.from(delivery!.raw).toString();
    const forged = { verdict: 'forged', reason: expect.any(String) };
    const bodies = [
      JSON.stringify(JSON.parse(text), null, 1),
      text.replace(requests.reference.invoiceId, 'another-invoice'),
      `${text},"webhook_id":"x"`,
      'not json',
      '[]',
    ];
    for (const body of bodies) {
      expect(await paypal.gateway.verifyByPostback({ ...delivery!, raw: Buffer.from(body) })).toEqual(forged);
    }
    const without = { ...delivery!, headers: { ...delivery!.headers, 'paypal-transmission-sig': undefined } };
    expect(await paypal.gateway.verifyByPostback(without)).toEqual(forged);
  });

  it('that is not answered leaves the question open', async () => {
    await payOnce();
    const [delivery] = await receiver.count(1);
    paypal.simulator.plan({ kind: 'error-before', path: 'verify-webhook-signature' });
    await expect(paypal.gateway.verifyByPostback(delivery!)).rejects.toMatchObject({
      name: expect.stringMatching(/^(VendorUnavailable|OutcomeUnknown)$/),
    });
  });
});
