/**
 * Certificates of one's own: Node can read X.509 but not write it, and `openssl` is not everywhere.
 * RSA with SHA-256, version 3. Source: RFC 5280.
 */
import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import {
  bits,
  boolean,
  implicit,
  integer,
  nothing,
  objectId,
  octets,
  sequence,
  set,
  tagged,
  time,
  utf8,
} from './der.ts';

export interface CertificateOrder {
  /** Common names. */
  subject: string;
  issuer: string;
  /** Of the subject; a private key's public half is taken. */
  key: KeyObject;
  issuerKey: KeyObject;
  /** Whether the subject may itself issue. */
  authority: boolean;
  notBefore: Date;
  notAfter: Date;
  /** Leaves out key usage and key identifiers, as old certificates do and forgers like to. */
  bare?: boolean;
}

const SHA256_WITH_RSA = sequence(objectId('1.2.840.113549.1.1.11'), nothing());

const OID = {
  commonName: '2.5.4.3',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
};

const nameOf = (commonName: string) => sequence(set(sequence(objectId(OID.commonName), utf8(commonName))));
const publicHalf = (key: KeyObject) => (key.type === 'private' ? createPublicKey(key) : key);
const publicDer = (key: KeyObject) => publicHalf(key).export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject) => createHash('sha256').update(publicDer(key)).digest().subarray(0, 20);
const extension = (oid: string, critical: boolean, value: Buffer) =>
  sequence(objectId(oid), ...(critical ? [boolean(true)] : []), octets(value));

/** @returns PEM */
export function issueCertificate(order: CertificateOrder): string {
  const { subject, issuer, key, issuerKey, authority, notBefore, notAfter, bare } = order;
  const serial = createHash('sha256').update(publicDer(key)).update(subject).update(issuer).digest().subarray(0, 16);
  // keyCertSign and cRLSign, or digitalSignature.
  const usage = authority ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x80]), 7);
  const constraints = extension(OID.basicConstraints, true, sequence(...(authority ? [boolean(true)] : [])));
  const details = [
    extension(OID.keyUsage, true, usage),
    extension(OID.subjectKeyId, false, octets(keyId(key))),
    extension(OID.authorityKeyId, false, sequence(implicit(0, keyId(issuerKey)))),
  ];
  const extensions = sequence(constraints, ...(bare ? [] : details));
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    SHA256_WITH_RSA,
    nameOf(issuer),
    sequence(time(notBefore), time(notAfter)),
    nameOf(subject),
    publicDer(key),
    tagged(3, extensions),
  );
  const der = sequence(body, SHA256_WITH_RSA, bits(sign('sha256', body, issuerKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
