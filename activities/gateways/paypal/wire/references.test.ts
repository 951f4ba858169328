import { describe, expect, it } from '@jest/globals';
import {
  customId,
  merchantCustomerId,
  numberOf,
  referenceOf,
  refundCustomId,
  requestId,
  setUpOf,
  shortDescription,
} from './references.ts';

const uuid = '0198c0de-0000-7000-8000-000000000001';
const reference = { env: 'production', invoiceId: uuid, attemptId: uuid };

describe('our reference on a wallet', () => {
  it('is read back as it was written, and fits what PayPal takes', () => {
    const env = 'a'.repeat(20);
    expect(setUpOf(merchantCustomerId(env, uuid))).toEqual({ env, customerId: uuid });
    expect(merchantCustomerId(env, uuid)).toMatch(/^[0-9a-zA-Z\-_.^*$@#]{1,64}$/);
  });

  it.each([undefined, '', 'made by hand', uuid, 'a.b.c', '.', 'sandbox.'])('%p is not ours', (text) => {
    expect(setUpOf(text)).toBeNull();
  });
});

describe('our reference on a payment', () => {
  it('is read back as it was written', () => {
    expect(referenceOf(customId(reference))).toEqual(reference);
  });

  it.each([undefined, null, '', 'made by hand', 'a:b', 'a:b:c:d', '::', 'sandbox::x'])('%p is not ours', (text) => {
    expect(referenceOf(text)).toBeNull();
  });

  it('of a refund is never taken for that of a payment', () => {
    expect(referenceOf(refundCustomId('production', uuid))).toBeNull();
    expect(refundCustomId('production', 'x'.repeat(300)).length).toBeLessThanOrEqual(127);
  });

  it.each([1, 2, 17])('of try %i of a refund says which try it is, and of which refund', (number) => {
    for (const refundId of [uuid, 'x'.repeat(300)]) {
      const custom = refundCustomId('production', refundId, number);
      expect(custom.length).toBeLessThanOrEqual(127);
      expect(numberOf(refundCustomId('production', refundId), custom)).toBe(number);
      expect(numberOf(refundCustomId('sandbox', refundId), custom)).toBeNull();
      expect(numberOf(refundCustomId('production', `${refundId}0`), custom)).toBeNull();
      expect(referenceOf(custom)).toBeNull();
    }
  });

  it.each([
    { env: 'a:b', invoiceId: uuid, attemptId: uuid },
    { env: 'x'.repeat(60), invoiceId: uuid, attemptId: uuid },
  ])('is refused where PayPal would cut or we would misread it', (bad) => {
    expect(() => customId(bad)).toThrow("PayPal's custom_id");
  });
});

describe('a request id', () => {
  it('is our key, with the step it is for', () => {
    expect(requestId('sandbox-ord-1', '-cap')).toBe('sandbox-ord-1-cap');
  });

  it.each([['k'.repeat(200)], ['with a space'], ['ключ'], ['line\nbreak']])(
    'fits PayPal whatever the key: %j',
    (key) => {
      const id = requestId(key);
      expect(id).toMatch(/^[\x21-\x7e]{1,108}$/);
      expect(requestId(key)).toBe(id);
      expect(requestId(key, '-cap')).not.toBe(id);
    },
  );
});

it('a description is cut by whole characters', () => {
  expect(shortDescription('🙂'.repeat(200))).toBe('🙂'.repeat(127));
});
