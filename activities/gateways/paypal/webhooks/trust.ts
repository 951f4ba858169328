/**
 * Which certificates may vouch for a webhook. The address in a delivery is the sender's word, so it is held against a
 * fixed list before anyone fetches it, and what was fetched is held against trusted roots before anyone believes it.
 * The rules combine PayPal's own older SDKs with hardening of ours.
 */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import type { WorkerConfiguration } from '#domain/configuration/configuration.ts';

export interface CertificateTrust {
  /** Host names, reached by https on its own port; a simulator is named by its whole origin, `http://127.0.0.1:4100`. */
  hosts: readonly string[];
  /** PEM. Instead of the public roots: only a simulator needs them. */
  roots?: readonly string[] | undefined;
}

export const LIVE_TRUST: CertificateTrust = { hosts: ['api.paypal.com', 'api-m.paypal.com'] };
export const SANDBOX_TRUST: CertificateTrust = { hosts: ['api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'] };

type TrustSettings = Pick<WorkerConfiguration, 'NODE_ENV' | 'PAYPAL_ENVIRONMENT' | 'PAYPAL_TRUST'>;

/**
 * PayPal's own hosts and the public roots, or in the sandbox the simulator's.
 * @throws Error for a simulator in production, or one whose trust is not set
 */
export function trustOf({
  NODE_ENV,
  PAYPAL_ENVIRONMENT: environment,
  PAYPAL_TRUST: simulator,
}: TrustSettings): CertificateTrust {
  if (environment === 'live') return LIVE_TRUST;
  if (environment === 'sandbox') return SANDBOX_TRUST;
  if (NODE_ENV === 'production') {
    throw new Error(
      'PAYPAL_ENVIRONMENT is "simulator", which production does not trust. Set it to "live" or "sandbox".',
    );
  }
  if (!simulator) throw new Error('PAYPAL_ENVIRONMENT is "simulator", and PAYPAL_TRUST does not say whom to believe.');
  return simulator;
}

/** One file name under the folder: no dots, so no way out of it, and nothing encoded. */
const PATH = /^\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,128}$/;

/** Whether this address may be fetched at all; judged on the text as sent, since parsers repair what is odd. */
export function isCertificateUrl(text: string, { hosts }: CertificateTrust): boolean {
  const match = /^(https?:\/\/[a-z0-9.-]+(?::\d{1,5})?)(\/.*)$/.exec(text);
  if (!match || text.length > 256) return false;
  const [, origin = '', path = ''] = match;
  if (!PATH.test(path)) return false;
  return hosts.some((host) => (host.includes('://') ? origin === host : origin === `https://${host}`));
}

export type ChainVerdict =
  | { trusted: true; leaf: X509Certificate; validUntil: Date }
  | { trusted: false; reason: string };

const LONGEST_PATH = 5;
const no = (reason: string): ChainVerdict => ({ trusted: false, reason });

/**
 * Holds a PEM bundle, leaf first, against the roots: names, dates, issuers and signatures along the whole path.
 * @returns on trust, the leaf and until when the whole path holds
 */
export function judgeChain(pem: string, { roots }: CertificateTrust, now: Date): ChainVerdict {
  const bundle = certificatesIn(pem);
  const [leaf] = bundle;
  if (!leaf) return no('there is no certificate in it');
  const name = commonName(leaf);
  if (!name.startsWith('messageverificationcerts') || !name.endsWith('.paypal.com')) {
    return no(`it is made out to "${name}", not to PayPal's message verification`);
  }
  if (leaf.ca) return no('it is an authority, not a signer of messages');
  const key = leaf.publicKey;
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    return no('its key is not RSA of at least 2048 bits');
  }
  const anchors = anchorsOf(roots);
  const path: X509Certificate[] = [];
  let current = leaf;
  for (;;) {
    path.push(current);
    if (!holds(current, now)) return no(`the certificate of "${commonName(current)}" is not valid now`);
    const anchor = anchors.find((root) => issued(root, current));
    if (anchor) {
      if (!holds(anchor, now)) return no(`the root "${commonName(anchor)}" is not valid now`);
      return { trusted: true, leaf, validUntil: new Date(Math.min(...[...path, anchor].map(endOf))) };
    }
    const issuer = bundle.find((candidate) => !path.includes(candidate) && issued(candidate, current));
    if (!issuer || path.length === LONGEST_PATH) return no('it does not lead to a trusted root');
    current = issuer;
  }
}

/** Whether one may and did sign the other. */
const issued = (issuer: X509Certificate, subject: X509Certificate) =>
  issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);

const startOf = ({ validFromDate }: X509Certificate) => validFromDate.getTime();
const endOf = ({ validToDate }: X509Certificate) => validToDate.getTime();
const holds = (certificate: X509Certificate, now: Date) =>
  startOf(certificate) <= now.getTime() && now.getTime() < endOf(certificate);

/** The one CN of the subject; empty when there are several or none, which no rule accepts. */
function commonName({ subject }: X509Certificate): string {
  const names = (subject ?? '').split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? (names[0] ?? '').slice(3) : '';
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.slice(0, LONGEST_PATH * 2).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

let publicAnchors: X509Certificate[] | undefined;
/** Node's own list is parsed once; a simulator's short list each time. */
function anchorsOf(roots: readonly string[] | undefined): X509Certificate[] {
  if (roots && roots.length > 0) return roots.flatMap(certificatesIn);
  return (publicAnchors ??= rootCertificates.flatMap(certificatesIn));
}
