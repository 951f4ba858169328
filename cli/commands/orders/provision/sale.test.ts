import { describe, expect, it } from '@jest/globals';
import { FIELD_NAMES, type Field, type Values } from './fields.ts';
import { keyOf, toSale } from './sale.ts';

const ADA: Values = {
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  country: 'GB',
  plan: 'starter',
  cycle: 'monthly',
  currency: 'EUR',
  reference: 'SEPA 4711',
};
const NODES = new Map([['ams-1', '0190b5e1-7c5a-7000-8000-000000000001']]);
const sale = (values: Values) => {
  const checked = toSale(values, NODES);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.sale;
};
const problems = (values: Values) => {
  const checked = toSale(values, NODES);
  return checked.ok ? [] : checked.problems.map(({ field, problem }) => `${field} ${problem}`);
};

describe('a sale', () => {
  it('is what the API takes, with the node by its id', () => {
    expect(sale({ ...ADA, company: 'Engines', node: 'AMS-1', username: 'adasite' })).toEqual({
      customer: { email: 'ada@example.com', name: 'Ada Lovelace', company: 'Engines', country: 'GB' },
      plan: 'starter',
      cycle: 'monthly',
      currency: 'EUR',
      payment_reference: 'SEPA 4711',
      node_id: NODES.get('ams-1'),
      username: 'adasite',
    });
  });

  it('names all that is missing at once', () => {
    expect(problems({ plan: 'starter' }).map((text) => text.split(' ')[0])).toEqual([
      'email',
      'name',
      'country',
      'cycle',
      'currency',
      'reference',
    ]);
  });

  it.each<[Field, string, RegExp]>([
    ['email', 'ada', /^email "ada" is wrong: it is the customer’s e-mail address/],
    ['country', 'Germany', /^country "Germany" is wrong: it is two capital letters/],
    [
      'cycle',
      'fortnightly',
      /^cycle "fortnightly" is wrong: it is one of weekly, monthly, quarterly, half_yearly, yearly, two_yearly, three_yearly, one_time/,
    ],
    ['currency', 'euro', /^currency "euro" is wrong: it is three capitals/],
    ['plan', 'No Plan', /^plan "No Plan" is wrong: it is lower-case/],
    ['username', 'root', /^username "root" is wrong: it is 3 to 16 .* not a reserved name/],
    ['node', 'fra-9', /^node "fra-9" is wrong: there is ams-1/],
  ])('says of a wrong %s what it is and how it has to be', (field, value, words) => {
    expect(problems({ ...ADA, [field]: value })).toEqual([expect.stringMatching(words)]);
  });
});

describe('the key of a sale', () => {
  it('is the same for the same sale, however it was written', () => {
    const other = Object.fromEntries(Object.entries(ADA).reverse()) as Values;
    expect(keyOf(sale(other))).toBe(keyOf(sale(ADA)));
    expect(keyOf(sale(ADA))).toMatch(/^[\x21-\x7e]{8,200}$/);
  });

  it('is another one as soon as anything is another', () => {
    const changed: Record<Field, string> = {
      email: 'bea@example.com',
      name: 'Bea',
      company: 'Engines',
      country: 'DE',
      plan: 'professional',
      cycle: 'yearly',
      currency: 'USD',
      reference: 'SEPA 4712',
      node: 'ams-1',
      username: 'adasite',
    };
    const keys = FIELD_NAMES.map((field) => keyOf(sale({ ...ADA, [field]: changed[field] })));
    expect(new Set([keyOf(sale(ADA)), ...keys]).size).toBe(FIELD_NAMES.length + 1);
  });

  it('tells nothing moved from one field to the next', () => {
    expect(keyOf(sale({ ...ADA, name: 'Ada', company: 'B C' }))).not.toBe(
      keyOf(sale({ ...ADA, name: 'Ada B', company: 'C' })),
    );
  });
});
