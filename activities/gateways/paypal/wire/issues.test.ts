import { describe, expect, it } from '@jest/globals';
import { classify, decisiveIssue } from './issues.ts';

describe('an issue code', () => {
  it.each([
    ['INSTRUMENT_DECLINED', 'soft'],
    ['TRANSACTION_REFUSED', 'soft'],
    ['PAYER_ACTION_REQUIRED', 'customer_action'],
    ['ORDER_NOT_APPROVED', 'customer_action'],
    ['PAYER_ACCOUNT_LOCKED_OR_CLOSED', 'hard'],
    ['TOKEN_ID_NOT_FOUND', 'hard'],
    ['DUPLICATE_INVOICE_ID', 'already_done'],
    ['ORDER_ALREADY_CAPTURED', 'already_done'],
    ['SETUP_TOKEN_ALREADY_TOKENIZED', 'already_done'],
    ['NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE', 'merchant'],
    ['MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED', 'stop_order'],
    ['PAYEE_ACCOUNT_RESTRICTED', 'merchant'],
    ['PAYEE_SOMETHING_NEW', 'merchant'],
    ['NOT_ENABLED_FOR_VAULT', 'merchant'],
    ['AMOUNT_MISMATCH', 'bug'],
    ['PREVIOUS_REQUEST_IN_PROGRESS', 'transient'],
  ])('%s is %s', (issue, expected) => {
    expect(classify([issue], 422)).toBe(expected);
  });

  it.each([
    { status: 422, issues: ['NEVER_SEEN'], expected: 'soft', because: 'a refusal we do not know is a decline' },
    { status: 400, issues: ['NEVER_SEEN'], expected: 'bug', because: 'the request was wrong' },
    { status: 403, issues: ['NEVER_SEEN'], expected: 'merchant', because: 'a right is missing' },
    { status: 403, issues: [], expected: 'merchant', because: 'the status alone says it' },
    { status: 500, issues: ['INSTRUMENT_DECLINED'], expected: 'transient', because: 'a broken server decides nothing' },
    { status: 429, issues: [], expected: 'transient', because: 'throttling passes' },
    { status: null, issues: [], expected: 'transient', because: 'no answer decides nothing' },
  ])('$status with $issues is $expected: $because', ({ status, issues, expected }) => {
    expect(classify(issues, status)).toBe(expected);
  });

  it.each([
    { issues: ['INSTRUMENT_DECLINED', 'PAYER_CANNOT_PAY'], expected: 'hard' },
    { issues: ['PAYER_CANNOT_PAY', 'INSTRUMENT_DECLINED'], expected: 'hard' },
    { issues: ['PAYER_CANNOT_PAY', 'PAYEE_ACCOUNT_INVALID'], expected: 'merchant' },
    { issues: ['AMOUNT_MISMATCH', 'DUPLICATE_INVOICE_ID'], expected: 'already_done' },
    { issues: ['INSTRUMENT_DECLINED', 'NEVER_SEEN', 'AMOUNT_MISMATCH'], expected: 'bug' },
  ])('the strictest of $issues wins: $expected', ({ issues, expected }) => {
    expect(classify(issues, 422)).toBe(expected);
    expect(classify([decisiveIssue(issues, 422)!], 422)).toBe(expected);
  });
});
