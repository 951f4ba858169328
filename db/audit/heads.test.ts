import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createHeadSigner, readHeadKeys, readHeads, type SignedHead } from './heads.ts';

const HASH = 'ab'.repeat(32);
const at = new Date('2027-01-31T10:00:00.000Z');
const signer = createHeadSigner({ id: 'k1', key: randomBytes(32) });
const keys = readHeadKeys([signer.publicKey]);
const head = signer.sign({ seq: 12, hash: HASH }, at);
const lineOf = (over: Partial<SignedHead> = {}) => JSON.stringify({ ...head, ...over });

describe('AUD-03 a signed head', () => {
  it('says how long the chain was, when, and who says so, and is believed', () => {
    expect(head).toMatchObject({ seq: 12, hash: HASH, at: '2027-01-31T10:00:00.000Z', key: 'k1' });
    expect(readHeads(`${lineOf()}\n\n${lineOf()}\n`, keys)).toEqual({ heads: [head, head], problems: [] });
  });

  it('is signed as RFC 8032 says: its first test vector has this public key', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    expect(createHeadSigner({ id: 'rfc', key: seed }).publicKey).toBe(
      `rfc:${Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString('base64url')}`,
    );
  });

  it.each<[string, Partial<SignedHead>]>([
    ['another number', { seq: 11 }],
    ['another hash', { hash: 'cd'.repeat(32) }],
    ['another time', { at: '2027-01-30T10:00:00.000Z' }],
    ['the signature of another', { signature: signer.sign({ seq: 13, hash: HASH }, at).signature }],
    ['no signature', { signature: '' }],
  ])('is not believed with %s', (_, over) => {
    expect(readHeads(lineOf(over), keys)).toEqual({
      heads: [],
      problems: [{ line: 1, says: 'has a signature that key "k1" did not make' }],
    });
  });

  it('is not believed from a key that was not given, also under the id of one that was', () => {
    const [stranger, impostor] = ['k2', 'k1'].map((id) => createHeadSigner({ id, key: randomBytes(32) }));
    const lines = [stranger!, impostor!].map((each) => JSON.stringify(each.sign({ seq: 12, hash: HASH }, at)));
    expect(readHeads(lines.join('\n'), keys).problems).toEqual([
      { line: 1, says: 'is signed with key "k2", whose public key was not given' },
      { line: 2, says: 'has a signature that key "k1" did not make' },
    ]);
    expect(readHeads(lines[0]!, readHeadKeys([signer.publicKey, stranger!.publicKey])).heads).toHaveLength(1);
  });

  it.each([
    ['cut off', lineOf().slice(0, 80)],
    ['empty', '{}'],
    ['more than a head', JSON.stringify({ ...head, x: 1 })],
  ])('that is %s spoils its own line only', (_, line) => {
    const says = 'is not a head: it was changed, or its writing was cut off';
    expect(readHeads(`${line}\n${lineOf()}\n`, keys)).toEqual({ heads: [head], problems: [{ line: 1, says }] });
  });

  it('a public key is told from what is none', () => {
    expect(() => readHeadKeys(['k1'])).toThrow('"k1" is not a public key: it is <id>:<43 characters of base64url>.');
  });
});
