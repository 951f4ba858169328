/** Fetching the certificate a delivery names; the worker does, the API only judges. */
import { naming } from '#activities/http/calls.ts';
import { VendorRefused, VendorUnavailable } from '#activities/http/vendor.ts';
import { isCertificateUrl, judgeChain, type CertificateTrust } from './trust.ts';

export interface FetchCertificate {
  /** The guarded fetch of the process. */
  fetch?: typeof globalThis.fetch | undefined;
  trust: CertificateTrust;
  /** For its validity; the process's clock unless told. */
  now?: Date | undefined;
  /** To the last byte; 10 s unless told. */
  timeoutMs?: number | undefined;
}

export interface FetchedCertificate {
  /** PEM bundle, leaf first. */
  pem: string;
  /** Until when the whole path to the root holds: keep it no longer. */
  validUntil: Date;
}

const SIZE_LIMIT = 64 * 1024;

/**
 * @throws VendorRefused for an address that is not allowed, an answer that is no certificate, or one that nobody trusts
 * @throws VendorUnavailable when it cannot be had now
 */
export async function fetchCertificate(
  url: string,
  { fetch = globalThis.fetch, trust, now = new Date(), timeoutMs = 10_000 }: FetchCertificate,
): Promise<FetchedCertificate> {
  if (!isCertificateUrl(url, trust)) {
    throw new VendorRefused(`"${url.slice(0, 256)}" is not an address of PayPal's certificates. It is not fetched.`);
  }
  const what = `PayPal's certificate at ${url}`;
  let response: Response;
  let pem: string | null;
  try {
    const asked = { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) } as const;
    response = await naming('show the certificate of its webhooks', () => fetch(url, asked));
    pem = response.status === 200 ? await readUpTo(response, SIZE_LIMIT) : '';
    if (response.status !== 200) await response.body?.cancel();
  } catch (error) {
    throw new VendorUnavailable(`${what} could not be fetched: ${(error as Error).message}`, { cause: error });
  }
  const { status } = response;
  if (status === 429 || status >= 500) throw new VendorUnavailable(`${what} could not be fetched: ${status}`);
  if (status !== 200) throw new VendorRefused(`${what} is not there: ${status}. Redirects are not followed.`);
  if (pem === null) throw new VendorRefused(`${what} is longer than ${SIZE_LIMIT} bytes, so it is none.`);
  const chain = judgeChain(pem, trust, now);
  if (!chain.trusted) throw new VendorRefused(`${what} is not trusted: ${chain.reason}.`);
  return { pem, validUntil: chain.validUntil };
}

/** Null when it is longer; what is too much is never read. */
async function readUpTo(response: Response, limit: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
