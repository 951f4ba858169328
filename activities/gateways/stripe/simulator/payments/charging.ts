/** What the bank answers, and what becomes of the payment: the part that both the API and the hosted page use. */
import { meetMethod } from '../methods/behaviour.ts';
import { cardOf, declineMessage, type CardDecline } from './cards.ts';
import { attach, readMethod } from './customers.ts';
import { openDispute } from './disputes.ts';
import { StripeFault } from '../fault.ts';
import { newId, type Charge, type DeclineError, type PaymentIntent, type PaymentMethod, type World } from '../world.ts';

export type Attempt =
  | { result: 'succeeded' | 'processing' | 'challenge'; intent: PaymentIntent }
  | { result: 'declined'; intent: PaymentIntent; error: DeclineError };

/** A debit's bank answers after five business days. Source: Stripe "Accept a SEPA Direct Debit payment". */
const DEBIT_SECONDS = 7 * 86_400;

/** Smallest charges, in Stripe's units. Source: Stripe "Minimum and maximum charge amounts"; 50 where not listed. */
const MINIMUM: Record<string, number> = {
  eur: 50,
  usd: 50,
  gbp: 30,
  jpy: 50,
  pln: 200,
  czk: 1500,
  huf: 17_500,
  sek: 300,
  nok: 300,
  dkk: 250,
};

export function checkAmount(amount: number, currency: string, param = 'amount'): void {
  if (!/^[a-z]{3}$/.test(currency)) {
    throw new StripeFault(400, { param: 'currency', message: `Invalid currency: ${currency}` });
  }
  if (amount > 99_999_999) {
    throw new StripeFault(400, { code: 'amount_too_large', param, message: 'Amount must be no more than 99999999.' });
  }
  if (amount < 1) {
    throw new StripeFault(400, {
      code: 'parameter_invalid_integer',
      param,
      message: 'This value must be greater than or equal to 1.',
    });
  }
  if (amount < (MINIMUM[currency] ?? 50)) {
    throw new StripeFault(400, {
      code: 'amount_too_small',
      param,
      message: 'Amount is below the minimum charge amount.',
    });
  }
}

export function createIntent(
  world: World,
  input: Pick<PaymentIntent, 'amount' | 'currency' | 'customer' | 'metadata'> & Partial<PaymentIntent>,
): PaymentIntent {
  const base = world.base('pi', 'payment_intent', input.metadata);
  const intent = world.pi.set(base.id, {
    amount_received: 0,
    description: null,
    payment_method: null,
    status: input.payment_method ? 'requires_confirmation' : 'requires_payment_method',
    latest_charge: null,
    last_payment_error: null,
    setup_future_usage: null,
    cancellation_reason: null,
    client_secret: `${base.id}_secret_${newId('x').slice(2)}`,
    ...input,
    ...base,
  });
  world.emit('payment_intent.created', intent);
  return intent;
}

/** @param passed  the cardholder has just passed the challenge */
export function attemptPayment(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  { offSession, passed = false }: { offSession: boolean; passed?: boolean },
): Attempt {
  const tried = { ...intent, payment_method: method.id, last_payment_error: null };
  const decline = meetMethod(world, method);
  if (method.type === 'sepa_debit') {
    const sim = { settlesAt: world.seconds() + DEBIT_SECONDS, decline };
    const processing = world.pi.set(intent.id, { ...tried, status: 'processing', sim });
    keepMethod(world, processing, method);
    world.emit('payment_intent.processing', processing);
    return { result: 'processing', intent: processing };
  }
  const card = cardOf(method)!;
  const usual = passed ? (card.afterChallenge ?? 'pays') : offSession ? card.offSession : card.onSession;
  const answer = decline ?? usual;
  if (answer === 'challenge') {
    const waiting = world.pi.set(intent.id, { ...tried, status: 'requires_action' });
    world.emit('payment_intent.requires_action', waiting);
    return { result: 'challenge', intent: waiting };
  }
  if (answer !== 'pays') return { result: 'declined', ...declineIntent(world, tried, answer) };
  return { result: 'succeeded', intent: succeed(world, tried) };
}

/** The money arrives. */
export function succeed(world: World, intent: PaymentIntent): PaymentIntent {
  const method = intent.payment_method ? world.pm.get(intent.payment_method) : undefined;
  const charge = createCharge(world, intent, {
    status: 'succeeded',
    paid: true,
    outcome: outcome('approved_by_network'),
  });
  const succeeded = world.pi.set(intent.id, {
    ...intent,
    status: 'succeeded',
    amount_received: intent.amount,
    latest_charge: charge.id,
    last_payment_error: null,
  });
  if (method) keepMethod(world, succeeded, method);
  world.emit('payment_intent.succeeded', succeeded);
  world.emit('charge.succeeded', charge);
  if (method && cardOf(method)?.afterwards === 'dispute') openDispute(world, charge, { reason: 'fraudulent' });
  return succeeded;
}

export function declineIntent(world: World, intent: PaymentIntent, decline: CardDecline) {
  const charge = createCharge(world, intent, {
    status: 'failed',
    paid: false,
    outcome: {
      ...outcome('declined_by_network'),
      reason: decline.decline_code ?? decline.code,
      advice_code: decline.advice_code ?? null,
    },
  });
  const error: DeclineError = { type: 'card_error', ...decline, message: declineMessage(decline), charge: charge.id };
  const failed = world.pi.set(intent.id, {
    ...intent,
    status: 'requires_payment_method',
    payment_method: null,
    latest_charge: charge.id,
    last_payment_error: { ...error },
  });
  world.emit('charge.failed', charge);
  world.emit('payment_intent.payment_failed', failed);
  return { intent: failed, error };
}

function createCharge(world: World, intent: PaymentIntent, more: Pick<Charge, 'status' | 'paid' | 'outcome'>): Charge {
  const base = world.base('ch', 'charge', intent.metadata);
  const card = intent.payment_method ? readMethod(world, intent.payment_method).sim.card : undefined;
  return world.ch.set(base.id, {
    ...base,
    amount: intent.amount,
    amount_refunded: 0,
    currency: intent.currency,
    customer: intent.customer,
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    refunded: false,
    disputed: false,
    sim: card ? { card } : {},
    ...more,
  });
}

/** Kept for later charges only when that was asked for. */
function keepMethod(world: World, intent: PaymentIntent, { id }: PaymentMethod): void {
  if (intent.setup_future_usage === 'off_session' && intent.customer) {
    attach(world, readMethod(world, id), intent.customer);
  }
}

const outcome = (network_status: string) => ({
  network_status,
  reason: null as string | null,
  advice_code: null as string | null,
  network_advice_code: null,
  network_decline_code: null,
  risk_level: 'normal',
  seller_message: network_status === 'approved_by_network' ? 'Payment complete.' : 'The bank declined the payment.',
  type: network_status === 'approved_by_network' ? 'authorized' : 'issuer_declined',
});
