import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import {
  maskLicenseKey,
  newLicenseKey,
  normalizeLicenseKey,
  type LicenseKeyForm,
} from '#domain/licenses/license-key.ts';
import { derive, type Sealer } from '../secrets/seal.ts';

/** How a license key is kept: to be found, to be shown to its owner, and to be named in lists. */
export interface StoredLicenseKey {
  /** 32 bytes, `license.key_hash`. */
  hash: Buffer;
  /** `license.key_sealed`, opens with `licenseKeyPlace(licenseId)`. */
  sealed: Buffer;
  /** `license.key_hint`. */
  hint: string;
}

/** @param master  LICENSE_PEPPER: base64 of at least 32 bytes. It is in no database, so a dump finds no key. */
export const licensePepper = (master: string): KeyObject =>
  createSecretKey(derive(Buffer.from(master, 'base64'), 'license-key'));

/** HMAC-SHA-256 of the normalised key, 32 bytes. Written differently, it is still the same key. */
export const licenseKeyHash = (pepper: KeyObject, key: string): Buffer =>
  createHmac('sha256', pepper).update(normalizeLicenseKey(key)).digest();

export const licenseKeyPlace = (licenseId: string) => ({ table: 'license', column: 'key_sealed', rowId: licenseId });

/** Makes a key of 115 random bits, or 80 in the four-group form. The plain key is for the panel only. */
export function issueLicenseKey(
  form: LicenseKeyForm,
  pepper: KeyObject,
  sealer: Sealer,
  licenseId: string,
): StoredLicenseKey & { key: string } {
  const key = newLicenseKey(form, randomBytes);
  return { key, ...storeLicenseKey(key, pepper, sealer, licenseId) };
}

/** Keeps a key that exists already, of any shape. */
export function storeLicenseKey(key: string, pepper: KeyObject, sealer: Sealer, licenseId: string): StoredLicenseKey {
  const kept = normalizeLicenseKey(key);
  return {
    hash: licenseKeyHash(pepper, kept),
    sealed: sealer.seal(kept, licenseKeyPlace(licenseId)),
    hint: maskLicenseKey(kept),
  };
}
