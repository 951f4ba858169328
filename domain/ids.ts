import { v7, validate } from 'uuid';

/** A new id: UUIDv7, so that rows sort by the time they were made. Not for workflows; they use `idAt`. */
export const newId = (): string => v7();

/** Whether a text could be an id of ours; what others write where ours stand may be anything. */
export const isId = (text: string): boolean => validate(text);

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * What people read out on the phone, from the 50 random bits at an id's end: `O-7K2M9-QXVB3`.
 * @param kind  O order, C customer, S service, SUB subscription
 */
export function reference(kind: 'O' | 'C' | 'S' | 'SUB', id: string): string {
  let bits = BigInt(`0x${id.replaceAll('-', '').slice(-13)}`) & ((1n << 50n) - 1n);
  let text = '';
  for (let i = 0; i < 10; i += 1) {
    text = CROCKFORD[Number(bits & 31n)]! + text;
    bits >>= 5n;
  }
  return `${kind}-${text.slice(0, 5)}-${text.slice(5)}`;
}
