import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { ChainHead, KeptHead } from './chain.ts';

/** A head of the audit chain, signed with Ed25519, as one line of JSON in a file outside the database. */
export interface SignedHead extends KeptHead {
  /** Id of the signing key. */
  key: string;
  /** Base64 of 64 bytes. */
  signature: string;
}

/** Only this is a head: a line with anything more or less was not written by us. */
const Line = z.strictObject({
  seq: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  key: z.string().regex(/^[a-z0-9-]+$/),
  signature: z.base64(),
});

/** What is signed. The first words keep the signature from meaning anything else. */
const signedText = ({ seq, hash, at, key }: Omit<SignedHead, 'signature'>): Buffer =>
  Buffer.from(`hostwright audit head\n${seq}\n${hash}\n${at}\n${key}`);

/** An Ed25519 private key in PKCS 8 is these bytes and the 32 secret ones. Source: RFC 8410, section 7. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed  32 random bytes: the private key of RFC 8032 */
export function createHeadSigner({ id, key: seed }: { id: string; key: Buffer }) {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return {
    /** `<id>:<base64url of 32 bytes>`: what verifies the signatures, and is no secret. */
    publicKey: `${id}:${createPublicKey(secret).export({ format: 'jwk' }).x}`,
    sign(head: ChainHead, at: Date): SignedHead {
      const line = { seq: head.seq, hash: head.hash, at: at.toISOString(), key: id };
      return { ...line, signature: sign(null, signedText(line), secret).toString('base64') };
    },
  };
}
export type HeadSigner = ReturnType<typeof createHeadSigner>;

export type HeadKeys = ReadonlyMap<string, KeyObject>;

/**
 * @param texts  `<id>:<base64url of 32 bytes>` each
 * @throws Error naming the one that is no public key
 */
export function readHeadKeys(texts: readonly string[]): HeadKeys {
  return new Map(
    texts.map((text) => {
      const [, id, x] = /^([a-z0-9-]+):([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
      if (!id || !x) throw new Error(`"${text}" is not a public key: it is <id>:<43 characters of base64url>.`);
      return [id, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })];
    }),
  );
}

export interface HeadsRead {
  /** Those whose signature is good. */
  heads: SignedHead[];
  /** Lines that nothing is to be believed of, and why. */
  problems: { line: number; says: string }[];
}

/** Reads a file of heads and believes only what is signed by one of the keys. */
export function readHeads(text: string, keys: HeadKeys): HeadsRead {
  const read: HeadsRead = { heads: [], problems: [] };
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const problem = (says: string) => void read.problems.push({ line: i + 1, says });
    const { success, data: head } = Line.safeParse(jsonOf(line));
    const key = head && keys.get(head.key);
    if (!success) problem('is not a head: it was changed, or its writing was cut off');
    else if (!key) problem(`is signed with key "${head!.key}", whose public key was not given`);
    else if (!verify(null, signedText(head!), key, Buffer.from(head!.signature, 'base64'))) {
      problem(`has a signature that key "${head!.key}" did not make`);
    } else read.heads.push(head!);
  }
  return read;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
