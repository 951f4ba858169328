/**
 * What a decline means for us. Source: Stripe "Decline codes", "Network decline codes" (bank debits) and "Advice codes"; the
 * classes are ours.
 * Every signal Stripe gives is classed, and the strictest class wins.
 */
import type { Decline, DeclineClass } from '#activities/gateways/gateway.ts';

/** The parts of a card error, a `last_payment_error` or a charge outcome that say why. */
export interface DeclineSignals {
  code?: string | null | undefined;
  declineCode?: string | null | undefined;
  adviceCode?: string | null | undefined;
  /** Mastercard's own: "03" and "21" forbid another try. */
  networkAdviceCode?: string | null | undefined;
  /** `charge.outcome.reason`: where Radar says that it blocked. */
  outcomeReason?: string | null | undefined;
}

const words = (text: string) => text.trim().split(/\s+/);

/** Strictest first. */
export const DECLINE_CODES: [DeclineClass, string[]][] = [
  [
    'hard',
    words(`lost_card stolen_card pickup_card restricted_card incorrect_number invalid_number invalid_account
      revocation_of_authorization revocation_of_all_authorizations stop_payment_order transaction_not_allowed
      service_not_allowed not_permitted fraudulent highest_risk_level merchant_blacklist security_violation
      new_account_information_available card_not_supported currency_not_supported do_not_try_again
      resource_missing payment_method_unexpected_state account_closed no_account bank_account_closed
      bank_account_frozen bank_account_invalid_details bank_account_restricted bank_account_unusable
      debit_not_authorized payment_intent_mandate_invalid setup_intent_mandate_invalid recipient_deceased`),
  ],
  [
    'authentication',
    words(`authentication_required authentication_not_handled payment_intent_authentication_failure
      setup_intent_authentication_failure`),
  ],
  [
    'fix_data',
    words(`expired_card incorrect_cvc invalid_cvc invalid_expiry_month invalid_expiry_year incorrect_zip
      incorrect_postal_code incorrect_address confirm_card_data`),
  ],
  ['check', words('duplicate_transaction')],
  [
    'merchant',
    words(`invalid_amount amount_too_small amount_too_large testmode_decline invalid_pin incorrect_pin
      offline_pin_required online_or_offline_pin_required pin_try_exceeded`),
  ],
  ['technical', words('processing_error issuer_not_available reenter_transaction')],
  [
    'soft',
    words(`insufficient_funds card_velocity_exceeded withdrawal_count_limit_exceeded do_not_honor generic_decline
      call_issuer no_action_taken try_again_later approve_with_id`),
  ],
];

const NETWORK_ADVICE: Record<string, DeclineClass> = { '02': 'soft', '03': 'hard', '21': 'hard' };
const CLASS_OF = new Map(DECLINE_CODES.flatMap(([name, codes]) => codes.map((code) => [code, name] as const)));
const STRICTNESS = DECLINE_CODES.map(([name]) => name);

/** One card error may say "try again later" in one field and "stolen" in another; unknown codes count as soft. */
export function classifyDecline(signals: DeclineSignals): DeclineClass {
  const { code, declineCode, adviceCode, networkAdviceCode, outcomeReason } = signals;
  const found = new Set<DeclineClass>();
  for (const each of [code, declineCode, adviceCode, outcomeReason]) {
    const name = each ? CLASS_OF.get(each) : undefined;
    if (name) found.add(name);
  }
  const advised = networkAdviceCode ? NETWORK_ADVICE[networkAdviceCode] : undefined;
  if (advised) found.add(advised);
  return STRICTNESS.find((name) => found.has(name)) ?? 'soft';
}

const OTHER_METHOD = 'Please use another payment method or ask your bank.';
const GENERIC = `Your bank declined the payment. ${OTHER_METHOD}`;
const NOT_SAVED = `Your bank did not accept this payment method. ${OTHER_METHOD}`;

/** Hard reasons stay generic: a thief must not learn that a card is known as stolen. */
const TEXT: Record<DeclineClass, string> = {
  hard: GENERIC,
  authentication: 'Your bank wants you to confirm this payment. Please pay on the payment page.',
  fix_data: 'Your card was declined because some of its details are not right. Please check them or use another card.',
  check: 'This looks like a payment you already made. We are checking it before anything is charged again.',
  merchant:
    'This payment could not be taken because of a problem on our side. We have been told and will look into it.',
  technical: 'Your bank could not be reached. Please try again in a while.',
  soft: GENERIC,
};

/** Where a method was to be stored and no payment was tried. */
const SET_UP_TEXT: Record<DeclineClass, string> = {
  ...TEXT,
  hard: NOT_SAVED,
  authentication: 'Your bank wants you to confirm this payment method. Please try again and confirm it.',
  check: NOT_SAVED,
  merchant:
    'This payment method could not be stored because of a problem on our side. Please try again later or use another.',
  soft: NOT_SAVED,
};

const CARD_LIMIT = `Your card has reached its limit. ${OTHER_METHOD}`;
const WRONG_CODE = 'The security code of your card is not right. Please check it and try again.';
/** Of whatever was tried. */
const OF_THE_CARD: Record<string, string> = {
  expired_card: 'Your card has expired. Please use another card.',
  incorrect_cvc: WRONG_CODE,
  invalid_cvc: WRONG_CODE,
  card_velocity_exceeded: CARD_LIMIT,
  withdrawal_count_limit_exceeded: CARD_LIMIT,
};
const OF_THE_PAYMENT: Record<string, string> = {
  ...OF_THE_CARD,
  insufficient_funds: `Your card does not have enough funds for this payment. ${OTHER_METHOD}`,
};

export const toDecline = (signals: DeclineSignals): Decline => told(signals, OF_THE_PAYMENT, TEXT);

export const toSetUpDecline = (signals: DeclineSignals): Decline => told(signals, OF_THE_CARD, SET_UP_TEXT);

function told(
  signals: DeclineSignals,
  specific: Record<string, string>,
  general: Record<DeclineClass, string>,
): Decline {
  const name = classifyDecline(signals);
  const code = signals.declineCode || signals.code || 'declined';
  return { class: name, code, message: (name === 'hard' ? undefined : specific[code]) ?? general[name] };
}
