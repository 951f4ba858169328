/** The simulator's own authority and message signer: made once, then kept with its state. */
import { createPrivateKey, createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { Collection } from '#activities/simulation/store.ts';
import { issueCertificate } from './x509.ts';

interface KeyRow {
  caPem: string;
  leafPem: string;
  /** PKCS#8 PEM of the leaf. It guards play money only. */
  leafKey: string;
  /** Last part of the certificate's address. */
  name: string;
}

export interface SigningKeys {
  caPem: string;
  /** Leaf first, then the authority, as PayPal serves its chain. */
  chainPem: string;
  name: string;
  /** Base64, SHA256withRSA. */
  sign(message: string): string;
}

const AUTHORITY = 'Simulated PayPal CA';
export const MESSAGE_SIGNER = 'messageverificationcerts.sandbox.paypal.com';
// Wide, since the simulator's clock may be moved by years.
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z');
const NOT_AFTER = new Date('2099-01-01T00:00:00Z');

export const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

function makeKeys(): KeyRow {
  const ca = newKey();
  const leaf = newKey();
  const dates = { notBefore: NOT_BEFORE, notAfter: NOT_AFTER };
  const signed = { issuer: AUTHORITY, issuerKey: ca, ...dates };
  return {
    caPem: issueCertificate({ ...signed, subject: AUTHORITY, key: ca, authority: true }),
    leafPem: issueCertificate({ ...signed, subject: MESSAGE_SIGNER, key: leaf, authority: false }),
    leafKey: String(leaf.export({ type: 'pkcs8', format: 'pem' })),
    name: `CERT-${randomBytes(4).toString('hex')}-${randomBytes(4).toString('hex')}`,
  };
}

/** Whoever forgets everything keeps its identity: clients have been told to trust it. */
export function openKeys(rows: Collection<KeyRow>): () => SigningKeys {
  let row = rows.get('message-signer');
  let key: KeyObject | undefined;
  return () => {
    row ??= makeKeys();
    if (!rows.get('message-signer')) rows.set('message-signer', row);
    key ??= createPrivateKey(row.leafKey);
    const { caPem, leafPem, name } = row;
    const signer = key;
    const sign = (message: string) => createSign('RSA-SHA256').update(message).sign(signer, 'base64');
    return { caPem, chainPem: `${leafPem}${caPem}`, name, sign };
  };
}
