import { describe, expect, it } from '@jest/globals';
import { createSealer } from '../secrets/seal.ts';
import { issueLicenseKey, licenseKeyHash, licenseKeyPlace, licensePepper, storeLicenseKey } from './license-keys.ts';

const pepper = licensePepper(Buffer.alloc(32, 7).toString('base64'));
const sealer = createSealer([{ id: 'k1', key: Buffer.alloc(32, 9) }]);
const id = '01930000-0000-7000-8000-000000000001';

describe('PANEL-05: a license key at rest', () => {
  it('is found by a keyed hash, opens for its row only, and shows five and four characters', () => {
    const { key, hash, sealed, hint } = issueLicenseKey('extended', pepper, sealer, id);
    expect(key).toMatch(/^NP(-[0-9A-HJKMNP-TV-Z]{5}){5}$/);
    expect(hash).toHaveLength(32);
    expect(licenseKeyHash(pepper, key.toLowerCase().replaceAll('-', ''))).toEqual(hash);
    expect(sealer.open(sealed, licenseKeyPlace(id))).toBe(key);
    expect(() => sealer.open(sealed, licenseKeyPlace('01930000-0000-7000-8000-000000000002'))).toThrow('does not open');
    expect(hint).toBe(`${key.slice(0, 5)}…${key.slice(-4)}`);
    expect(Buffer.concat([hash, sealed]).includes(key)).toBe(false);
  });

  it('has another hash under another pepper, and the pepper is not the configured secret itself', () => {
    const other = licensePepper(Buffer.alloc(32, 8).toString('base64'));
    const key = 'NP-7HKD-Q2XW-9MRT-4FVB';
    expect(licenseKeyHash(other, key)).not.toEqual(licenseKeyHash(pepper, key));
    expect(pepper.export()).not.toEqual(Buffer.alloc(32, 7));
  });

  it('an imported key of any shape is found by its text, whatever its case', () => {
    const { hash, hint } = storeLicenseKey(' Old/Key-42 ', pepper, sealer, id);
    expect(licenseKeyHash(pepper, 'OLD/key-42')).toEqual(hash);
    expect(hint).toBe('OL…');
  });

  it('keys do not repeat', () => {
    const keys = Array.from({ length: 200 }, () => issueLicenseKey('four_groups', pepper, sealer, id).key);
    expect(new Set(keys).size).toBe(200);
  });
});
