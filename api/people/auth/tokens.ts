import { randomBytes, timingSafeEqual } from 'node:crypto';
import { sha256 } from '#db/secrets/seal.ts';

/** 256 random bits; the database keeps only their hash. */
export const newToken = (): string => randomBytes(32).toString('base64url');
export const tokenHash = (token: string): Buffer => sha256(token);

const API_KEY = /^hw_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;
const checksum = (random: string) => sha256(`hw_${random}`).toString('base64url').slice(0, 6);

/** `hw_`, 256 random bits, and six symbols that tell a mistyped or cut-off key from a wrong one. */
export function newApiKey(): string {
  const random = newToken();
  return `hw_${random}${checksum(random)}`;
}

/** Whether a text can be an API key at all; says nothing about whether it is one. */
export function looksLikeApiKey(text: string): boolean {
  const match = API_KEY.exec(text);
  return !!match && checksum(match[1]!) === match[2];
}

/** Compares two secrets in time that depends on neither. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}
