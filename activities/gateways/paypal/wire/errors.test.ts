import { describe, expect, it } from '@jest/globals';
import { normalise, toVendorError, type Attempted } from './errors.ts';

const body = (issues: string[], name = 'UNPROCESSABLE_ENTITY') =>
  JSON.stringify({ name, message: 'whatever', debug_id: 'in-body', details: issues.map((issue) => ({ issue })) });

/** As the SDK throws: an `Error` whose message is often empty, with the answer beside it. */
const thrown = (statusCode: number, text: string, headers: Record<string, string> = {}) =>
  Object.assign(new Error(''), { statusCode, body: text, headers });

const attempted = (changes: boolean): Attempted => ({ what: 'PayPal (main) could not test', changes, timeoutMs: 500 });
const errorOf = (error: unknown, changes: boolean) => toVendorError(normalise(error, changes), attempted(changes));

describe('what the SDK throws', () => {
  it('is read from the body, since its message is empty', () => {
    const error = thrown(422, body(['INSTRUMENT_DECLINED']), { 'paypal-debug-id': 'f12ab' });
    expect(normalise(error, true)).toMatchObject({
      httpStatus: 422,
      name: 'UNPROCESSABLE_ENTITY',
      issues: ['INSTRUMENT_DECLINED'],
      debugId: 'f12ab',
      outcome: 'declined',
    });
  });

  it.each([
    { error: thrown(400, body(['INVALID_CURRENCY_CODE'])), changes: true, outcome: 'none' },
    { error: thrown(422, body(['AMOUNT_MISMATCH'])), changes: true, outcome: 'none' },
    { error: thrown(422, body(['DUPLICATE_INVOICE_ID'])), changes: true, outcome: 'none' },
    { error: thrown(422, body(['PAYER_CANNOT_PAY'])), changes: true, outcome: 'declined' },
    { error: thrown(401, '{"error":"invalid_token"}'), changes: true, outcome: 'none' },
    { error: thrown(429, ''), changes: true, outcome: 'none' },
    { error: thrown(500, '<h1>Sorry</h1>'), changes: true, outcome: 'unknown' },
    { error: thrown(500, '<h1>Sorry</h1>'), changes: false, outcome: 'none' },
    { error: thrown(201, '{"id":"5O1"}'), changes: true, outcome: 'unknown' },
    { error: new Error('socket hang up'), changes: true, outcome: 'unknown' },
  ])('$error.statusCode, changing: $changes, leaves the outcome $outcome', ({ error, changes, outcome }) => {
    expect(normalise(error, changes).outcome).toBe(outcome);
  });

  it.each([
    {
      case: 'a wrong client secret',
      error: thrown(401, '{"error":"invalid_client"}'),
      changes: true,
      name: 'VendorUnauthorized',
    },
    {
      case: 'a missing right',
      error: thrown(403, body(['PERMISSION_DENIED'], 'NOT_AUTHORIZED')),
      changes: true,
      name: 'VendorUnauthorized',
    },
    { case: 'throttling', error: thrown(429, '', { 'retry-after': '7' }), changes: true, name: 'VendorUnavailable' },
    {
      case: 'the same request still under way',
      error: thrown(409, body(['PREVIOUS_REQUEST_IN_PROGRESS'])),
      changes: true,
      name: 'VendorUnavailable',
    },
    { case: '500 after a change', error: thrown(500, ''), changes: true, name: 'OutcomeUnknown' },
    { case: '500 after a look', error: thrown(500, ''), changes: false, name: 'VendorUnavailable' },
    { case: 'a redirect', error: thrown(302, ''), changes: true, name: 'VendorRefused' },
    { case: 'a 2xx that does not fit', error: thrown(200, '{"links":[{}]}'), changes: true, name: 'OutcomeUnknown' },
    {
      case: 'a 2xx that is no JSON, after a look',
      error: new Error('Could not parse body as JSON.\n\nUnexpected token'),
      changes: false,
      name: 'VendorUnavailable',
    },
    {
      case: 'an empty 2xx after a change',
      error: new Error('Could not parse body as JSON. The response body is empty.'),
      changes: true,
      name: 'OutcomeUnknown',
    },
    {
      case: 'a refused connection',
      error: Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNREFUSED' } }),
      changes: true,
      name: 'VendorUnavailable',
    },
    {
      case: 'a cut connection',
      error: Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNRESET' } }),
      changes: true,
      name: 'OutcomeUnknown',
    },
    {
      case: 'a mistake of ours',
      error: thrown(400, body(['INVALID_PARAMETER_SYNTAX'], 'INVALID_REQUEST')),
      changes: true,
      name: 'VendorRefused',
    },
  ])('$case becomes $name', ({ error, changes, name }) => {
    const error_ = errorOf(error, changes);
    expect(error_.name).toBe(name);
    expect(error_.message).toMatch(/^PayPal \(main\) could not test: \S/);
  });

  it('says family, issues and debug id, in that order', () => {
    expect(errorOf(thrown(400, body(['A_ISSUE', 'B_ISSUE'], 'INVALID_REQUEST')), true).message).toBe(
      'PayPal (main) could not test: 400 INVALID_REQUEST A_ISSUE B_ISSUE (debug id in-body). Fix the cause, then retry.',
    );
  });

  it('carries Retry-After where PayPal gives one', () => {
    expect(errorOf(thrown(429, '', { 'retry-after': '7' }), true)).toMatchObject({ retryAfterMs: 7_000 });
    expect(errorOf(thrown(429, ''), true)).toMatchObject({ retryAfterMs: undefined });
  });

  it.each(['null', '[]', '"text"', '{"details":{}}', '{"details":[null,{"issue":7}]}', '{"name":7}', '<html>'])(
    'survives the body %s',
    (text) => expect(normalise(thrown(422, text), true)).toMatchObject({ name: '', issues: [] }),
  );
});
