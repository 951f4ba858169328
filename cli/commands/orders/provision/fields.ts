import { BILLING_CYCLES } from '#domain/calendar/civil-dates.ts';

/** What a sale needs, under the names that flags and CSV columns have. */
export const FIELDS = {
  email: { pointer: '/customer/email', needed: true, says: 'the customer’s e-mail address' },
  name: { pointer: '/customer/name', needed: true, says: 'the customer’s name' },
  company: { pointer: '/customer/company', needed: false, says: 'the customer’s company' },
  country: { pointer: '/customer/country', needed: true, says: 'two capitals, such as DE' },
  plan: { pointer: '/plan', needed: true, says: 'code of a plan on offer, such as starter' },
  cycle: { pointer: '/cycle', needed: true, says: `one of ${BILLING_CYCLES.join(', ')}` },
  currency: { pointer: '/currency', needed: true, says: 'three capitals, such as EUR' },
  reference: { pointer: '/payment_reference', needed: true, says: 'by what the bank knows the transfer; used once' },
  node: { pointer: '/node_id', needed: false, says: 'name of the node to place it on' },
  username: { pointer: '/username', needed: false, says: 'the account’s name on the panel' },
} as const;
export type Field = keyof typeof FIELDS;
export const FIELD_NAMES = Object.keys(FIELDS) as Field[];
export const isField = (name: string): name is Field => name in FIELDS;

export type Values = Partial<Record<Field, string>>;

/** Of a JSON pointer into the request. */
export const fieldAt = (pointer: string): Field | undefined =>
  FIELD_NAMES.find((field) => FIELDS[field].pointer === pointer);
