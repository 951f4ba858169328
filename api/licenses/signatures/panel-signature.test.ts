import { describe, expect, it } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isSignedBy, signAnswer, signQuestion } from './panel-signature.ts';

interface Vectors {
  secret: string;
  questions: {
    name: string;
    timestamp: string;
    nonce: string;
    method: string;
    path: string;
    body: string;
    signature: string;
  }[];
  answers: { name: string; body: string; nonce: string; issued_at: number; signature: string }[];
}
/** Published for whoever writes a panel; made with another language's HMAC. */
const { secret, questions, answers } = JSON.parse(
  readFileSync(new URL('panel-signature.vectors.json', import.meta.url), 'utf8'),
) as Vectors;

describe('PANEL-01: the published vectors', () => {
  it.each(questions)('$name', ({ body, signature, ...question }) => {
    const signed = { ...question, body: Buffer.from(body) };
    expect(signQuestion(secret, signed)).toBe(signature);
    expect(isSignedBy(createSecretKey(secret, 'utf8'), signed, signature)).toBe(true);
  });

  it.each(questions)(
    '$name: one flipped bit anywhere in the body or the signature fails',
    ({ body, signature, ...question }) => {
      const bytes = Buffer.from(body);
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        if (isSignedBy(secret, { ...question, body: changed }, signature)) throw new Error(`bit ${bit} of the body`);
      }
      const letters = Buffer.from(signature);
      for (let bit = 0; bit < letters.length * 8; bit += 1) {
        const changed = Buffer.from(letters);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const text = changed.toString('latin1');
        if (isSignedBy(secret, { ...question, body: bytes }, text)) throw new Error(`bit ${bit} of the signature`);
      }
    },
  );

  it.each(answers)('PANEL-07: $name', ({ body, nonce, issued_at: issuedAt, signature }) => {
    expect(signAnswer(secret, body, nonce, issuedAt)).toBe(signature);
  });

  it('a signature too short, too long or not in ASCII is no error, only wrong', () => {
    const { body, signature, ...question } = questions[0]!;
    const signed = { ...question, body: Buffer.from(body) };
    for (const given of ['', 'v1=', `${signature}0`, 'ü'.repeat(67), signature.slice(3)]) {
      expect(isSignedBy(secret, signed, given)).toBe(false);
    }
  });
});
