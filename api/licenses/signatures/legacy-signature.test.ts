import { describe, expect, it } from '@jest/globals';
import { legacySignature, pythonNumber } from './legacy-signature.ts';

describe('COMPAT-01: numbers as the older system writes them', () => {
  // Each right side was printed by Python's json.dumps(json.loads(left)).
  it.each([
    ['1.0', '1.0'],
    ['1e5', '100000.0'],
    ['1E2', '100.0'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '1e+16'],
    ['123456789012345680.0', '1.2345678901234568e+17'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1e-7', '1e-07'],
    ['1.5e300', '1.5e+300'],
    ['5e-324', '5e-324'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['100', '100'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.10', '1.1'],
    ['123456.789', '123456.789'],
    ['9007199254740993.0', '9007199254740992.0'],
    ['1e400', 'Infinity'],
  ])('%s becomes %s', (source, written) => {
    expect(pythonNumber(source)).toBe(written);
  });
});

describe('COMPAT-01: the signed text', () => {
  const secret = 'a-license-secret-of-its-own-0123456789';
  const from = { network: '203.0.113.7', userAgent: 'NextPanel/2', acceptLanguage: 'de' };
  const check = { license_key: 'NP-7HKD-Q2XW-9MRT-4FVB', feature: 'create_database', timestamp: 1_795_262_400 };
  const signed = (additional?: string) => {
    const data = additional === undefined ? {} : { additional_data: JSON.parse(additional) as Record<string, unknown> };
    const body = Buffer.from(
      `{"license_key":"x"${additional === undefined ? '' : `,"additional_data":${additional}`}}`,
    );
    return legacySignature(secret, { check: { ...check, ...data }, body, ...from });
  };

  // Made with Python's hmac over the formula of the contract, part B4.
  it.each([
    [undefined, '17f9e7696fcff8626f51644a55fd12ee60c5ff2e2f69697a64170ca6bc3c4e30'],
    ['{}', '17f9e7696fcff8626f51644a55fd12ee60c5ff2e2f69697a64170ca6bc3c4e30'],
    [
      '{"b":[1,2.50,{"z":null,"a":true}],"a":"\\u00e9\\n\\u007f\\ud83d\\ude00/\\"","\\uffff":1,"\\ud83d\\ude00":2,"":{}}',
      'daf541ded36215e0b670aa5cf0564c44e28ec6ce18b19dba20c7a3fb90851298',
    ],
  ])('additional data %s', (additional, expected) => {
    expect(signed(additional)).toBe(expected);
  });
});
