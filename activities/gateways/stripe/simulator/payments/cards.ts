/** Stripe's test cards and what happens with them. Source: Stripe "Testing". */
export interface CardDecline {
  code: string;
  decline_code?: string;
  advice_code?: string;
}

/** Charges from the nth on are declined so; those before go as the card says. */
export interface MethodPlan {
  from?: number;
  decline: CardDecline;
}

export interface TestCard {
  number: string;
  /** `pm_card_…`, for tests that have no page. */
  name: string;
  brand: string;
  /** With the customer at the page, and without. A challenge without the customer is a decline. */
  onSession: 'pays' | 'challenge' | CardDecline;
  offSession: 'pays' | CardDecline;
  /** Stored without a payment; as with a payment at the page unless told. */
  setUp?: 'pays';
  /** What follows a passed challenge; pays unless told. */
  afterChallenge?: CardDecline;
  /** Follows a successful charge. */
  afterwards?: 'dispute' | 'refund_fails' | 'refund_pending';
  note: string;
}

const declined = (decline_code: string, advice_code?: string): CardDecline => ({
  code: 'card_declined',
  decline_code,
  ...(advice_code ? { advice_code } : {}),
});
const AUTHENTICATE: CardDecline = { code: 'authentication_required', decline_code: 'authentication_required' };

const pays = (number: string, name: string, note: string, afterwards?: TestCard['afterwards']): TestCard => ({
  number,
  name,
  brand: 'visa',
  onSession: 'pays',
  offSession: 'pays',
  note,
  afterwards,
});
const declines = (number: string, name: string, decline: CardDecline, note: string): TestCard => ({
  number,
  name,
  brand: 'visa',
  onSession: decline,
  offSession: decline,
  note,
});

export const TEST_CARDS: TestCard[] = [
  pays('4242424242424242', 'visa', 'pays'),
  { ...pays('5555555555554444', 'mastercard', 'pays'), brand: 'mastercard' },
  declines('4000000000000002', 'visa_chargeDeclined', declined('generic_decline'), 'declined'),
  declines(
    '4000000000009995',
    'visa_chargeDeclinedInsufficientFunds',
    declined('insufficient_funds'),
    'not enough funds',
  ),
  declines('4000000000009987', 'visa_chargeDeclinedLostCard', declined('lost_card', 'do_not_try_again'), 'lost card'),
  declines(
    '4000000000009979',
    'visa_chargeDeclinedStolenCard',
    declined('stolen_card', 'do_not_try_again'),
    'stolen card',
  ),
  declines(
    '4000000000000069',
    'chargeDeclinedExpiredCard',
    { code: 'expired_card', advice_code: 'confirm_card_data' },
    'expired',
  ),
  declines(
    '4000000000000127',
    'chargeDeclinedIncorrectCvc',
    { code: 'incorrect_cvc', advice_code: 'confirm_card_data' },
    'wrong CVC',
  ),
  declines('4000000000000119', 'chargeDeclinedProcessingError', { code: 'processing_error' }, 'processing error'),
  {
    ...declines(
      '4000000000000341',
      'chargeCustomerFail',
      declined('generic_decline'),
      'is kept, declines when charged',
    ),
    setUp: 'pays',
  },
  {
    ...pays('4000002500003155', 'authenticationRequiredOnSetup', '3-D Secure once, then pays alone'),
    onSession: 'challenge',
  },
  {
    ...pays('4000002760003184', 'authenticationRequired', '3-D Secure every time'),
    onSession: 'challenge',
    offSession: AUTHENTICATE,
  },
  {
    ...pays(
      '4000008260003178',
      'authenticationRequiredChargeDeclinedInsufficientFunds',
      '3-D Secure, then not enough funds',
    ),
    onSession: 'challenge',
    offSession: AUTHENTICATE,
    afterChallenge: declined('insufficient_funds'),
  },
  pays('4000000000000259', 'createDispute', 'pays, then the cardholder disputes it', 'dispute'),
  pays('4000000000005126', 'refundFail', 'pays; a refund succeeds, then fails', 'refund_fails'),
  pays('4000000000007726', 'pendingRefund', 'pays; a refund is pending, then succeeds', 'refund_pending'),
];

export const cardByNumber = (number: string): TestCard | undefined =>
  TEST_CARDS.find((card) => card.number === number.replace(/\D/g, ''));

export const cardByName = (id: string): TestCard | undefined => TEST_CARDS.find(({ name }) => id === `pm_card_${name}`);

/** Undefined for a bank account. */
export const cardOf = ({ sim }: { sim: { card?: string } }): TestCard | undefined =>
  TEST_CARDS.find(({ name }) => name === sim.card);

export const declineMessage = ({ code, decline_code }: CardDecline): string =>
  (
    {
      authentication_required: 'Your card was declined. This transaction requires authentication.',
      insufficient_funds: 'Your card has insufficient funds.',
      expired_card: 'Your card has expired.',
      incorrect_cvc: "Your card's security code is incorrect.",
      processing_error: 'An error occurred while processing your card. Try again in a little bit.',
    } as Record<string, string>
  )[decline_code ?? code] ?? 'Your card was declined.';
