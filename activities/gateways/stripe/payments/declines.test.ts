import { describe, expect, it } from '@jest/globals';
import type { DeclineClass } from '#activities/gateways/gateway.ts';
import { classifyDecline, DECLINE_CODES, toDecline, toSetUpDecline, type DeclineSignals } from './declines.ts';

/** Written out once more, so that a code that moves to another class is noticed. */
const EXPECTED: Record<DeclineClass, string> = {
  hard: `account_closed bank_account_closed bank_account_frozen bank_account_invalid_details bank_account_restricted
    bank_account_unusable card_not_supported currency_not_supported debit_not_authorized do_not_try_again fraudulent
    highest_risk_level incorrect_number invalid_account invalid_number lost_card merchant_blacklist
    new_account_information_available no_account not_permitted payment_intent_mandate_invalid
    payment_method_unexpected_state pickup_card recipient_deceased resource_missing restricted_card
    revocation_of_all_authorizations revocation_of_authorization security_violation service_not_allowed
    setup_intent_mandate_invalid stolen_card stop_payment_order transaction_not_allowed`,
  authentication: `authentication_not_handled authentication_required payment_intent_authentication_failure
    setup_intent_authentication_failure`,
  fix_data: `confirm_card_data expired_card incorrect_address incorrect_cvc incorrect_postal_code incorrect_zip invalid_cvc
    invalid_expiry_month invalid_expiry_year`,
  check: 'duplicate_transaction',
  merchant: `amount_too_large amount_too_small incorrect_pin invalid_amount invalid_pin offline_pin_required
    online_or_offline_pin_required pin_try_exceeded testmode_decline`,
  technical: 'issuer_not_available processing_error reenter_transaction',
  soft: `approve_with_id call_issuer card_velocity_exceeded do_not_honor generic_decline insufficient_funds no_action_taken
    try_again_later withdrawal_count_limit_exceeded`,
};

describe('declines', () => {
  it('has every code in exactly one class', () => {
    for (const [name, codes] of DECLINE_CODES) expect([...codes].sort()).toEqual(EXPECTED[name].split(/\s+/));
    const all = DECLINE_CODES.flatMap(([, codes]) => codes);
    expect(new Set(all).size).toBe(all.length);
  });

  const every = DECLINE_CODES.flatMap(([name, codes]) => codes.map((code) => ({ code, name })));
  it.each(every)('$code is $name, whichever field carries it', ({ code, name }) => {
    expect(classifyDecline({ code: 'card_declined', declineCode: code })).toBe(name);
    expect(classifyDecline({ code })).toBe(name);
    expect(classifyDecline({ code: 'card_declined', adviceCode: code })).toBe(name);
    expect(toDecline({ code: 'card_declined', declineCode: code })).toMatchObject({ class: name, code });
  });

  it.each<{ signals: DeclineSignals; name: DeclineClass; because: string }>([
    {
      signals: { code: 'card_declined', declineCode: 'insufficient_funds', adviceCode: 'do_not_try_again' },
      name: 'hard',
      because: 'the advice forbids another try, whatever the reason',
    },
    {
      signals: { code: 'authentication_required', declineCode: 'generic_decline' },
      name: 'authentication',
      because: 'the code asks for the cardholder, the decline code does not know',
    },
    {
      signals: { code: 'card_declined', declineCode: 'authentication_required' },
      name: 'authentication',
      because: 'it may stand in either field',
    },
    {
      signals: { code: 'expired_card', adviceCode: 'try_again_later' },
      name: 'fix_data',
      because: 'an expired card stays expired',
    },
    {
      signals: { code: 'processing_error', declineCode: 'duplicate_transaction' },
      name: 'check',
      because: 'a possible double charge is looked at before anything else',
    },
    {
      signals: { code: 'card_declined', declineCode: 'do_not_honor', networkAdviceCode: '03' },
      name: 'hard',
      because: 'Mastercard advice 03: do not try again',
    },
    {
      signals: { code: 'card_declined', declineCode: 'do_not_honor', networkAdviceCode: '21' },
      name: 'hard',
      because: 'Mastercard advice 21: payment cancelled',
    },
    {
      signals: { code: 'processing_error', networkAdviceCode: '02' },
      name: 'technical',
      because: 'advice 02 means later, which is milder than a technical fault',
    },
    {
      signals: { code: 'card_declined', declineCode: 'generic_decline', outcomeReason: 'highest_risk_level' },
      name: 'hard',
      because: 'Radar blocked it and says so only in the outcome',
    },
    { signals: { code: 'card_declined', declineCode: '' }, name: 'soft', because: 'no reason is a soft decline' },
    { signals: { code: 'card_declined', declineCode: 'new_code_of_2028' }, name: 'soft', because: 'unknown is soft' },
    { signals: {}, name: 'soft', because: 'nothing is known' },
  ])('$name: $because', ({ signals, name }) => {
    expect(classifyDecline(signals)).toBe(name);
  });

  it.each(['stolen_card', 'lost_card', 'fraudulent', 'merchant_blacklist', 'highest_risk_level', 'generic_decline'])(
    'tells the customer nothing about %s but that the bank declined',
    (declineCode) => {
      expect(toDecline({ code: 'card_declined', declineCode }).message).toBe(
        'Your bank declined the payment. Please use another payment method or ask your bank.',
      );
    },
  );

  it('does not say "not enough funds" of a card that must not be tried again', () => {
    const signals = { code: 'card_declined', declineCode: 'insufficient_funds', adviceCode: 'do_not_try_again' };
    expect(toDecline(signals).message).not.toContain('funds');
  });

  it.each(every)(
    '$code where a method is stored has the same class, and speaks of no payment that was tried',
    ({ code }) => {
      const signals = { code: 'card_declined', declineCode: code };
      const { message, ...same } = toSetUpDecline(signals);
      expect(toDecline(signals)).toMatchObject(same);
      expect(message).not.toMatch(/declined the payment|this payment\b(?! method)|payment you already made/i);
    },
  );
});
