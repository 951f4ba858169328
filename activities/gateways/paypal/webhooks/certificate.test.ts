import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openStore } from '#activities/simulation/store.ts';
import { fetchCertificate } from './certificate.ts';
import { openKeys } from '../simulator/signing/keys.ts';
import { LIVE_TRUST, type CertificateTrust } from './trust.ts';

const keys = openKeys(openStore().collection('key'))();
const strangers = openKeys(openStore().collection('key'))();
const NOW = new Date('2026-06-01T12:00:00Z');

let answer: RequestListener;
const seen: string[] = [];
const server = createServer((request, response) => {
  seen.push(request.url ?? '');
  answer(request, response);
});
let url: string;
let trust: CertificateTrust;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `${origin}/v1/notifications/certs/CERT-1`;
  trust = { hosts: [origin], roots: [keys.caPem] };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const say =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);
const fetched = () => fetchCertificate(url, { trust, now: NOW, timeoutMs: 300 });

describe("PayPal's certificate", () => {
  it('HOOK-02 is fetched, judged, and may be kept until the path to its root ends', async () => {
    answer = say(200, keys.chainPem);
    expect(await fetched()).toEqual({ pem: keys.chainPem, validUntil: new Date('2099-01-01T00:00:00Z') });
  });

  it('HOOK-02 SSRF-05 is not fetched from an address that is not allowed', async () => {
    const fetch = jest.fn<typeof globalThis.fetch>();
    const metadata = 'http://169.254.169.254/v1/notifications/certs/x';
    await expect(fetchCertificate(metadata, { fetch, trust: LIVE_TRUST, now: NOW })).rejects.toMatchObject({
      name: 'VendorRefused',
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('HOOK-02 SSRF-05 is not followed elsewhere', async () => {
    answer = say(302, '', { location: '/elsewhere' });
    seen.length = 0;
    await expect(fetched()).rejects.toMatchObject({ name: 'VendorRefused', message: expect.stringContaining('302') });
    expect(seen).toEqual(['/v1/notifications/certs/CERT-1']);
  });

  it.each([
    { name: 'nothing there', status: 404, body: '', error: 'VendorRefused' },
    { name: 'a page instead', status: 200, body: '<h1>Sorry</h1>', error: 'VendorRefused' },
    { name: "a stranger's chain", status: 200, body: strangers.chainPem, error: 'VendorRefused' },
    { name: 'more than 64 KiB', status: 200, body: keys.chainPem + ' '.repeat(70_000), error: 'VendorRefused' },
    { name: 'a broken server', status: 503, body: '', error: 'VendorUnavailable' },
    { name: 'throttling', status: 429, body: '', error: 'VendorUnavailable' },
  ])('HOOK-02 is refused or awaited: $name', async ({ status, body, error }) => {
    answer = say(status, body);
    await expect(fetched()).rejects.toMatchObject({ name: error });
  });

  it('HOOK-02 that never ends is given up', async () => {
    answer = (_request, response) => void response.writeHead(200).write(keys.chainPem);
    await expect(fetched()).rejects.toMatchObject({ name: 'VendorUnavailable' });
  });

  it('HOOK-02 that has expired is not taken', async () => {
    answer = say(200, keys.chainPem);
    const now = new Date('2099-01-02T00:00:00Z');
    await expect(fetchCertificate(url, { trust, now })).rejects.toMatchObject({ name: 'VendorRefused' });
  });
});
