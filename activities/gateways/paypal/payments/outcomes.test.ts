import { describe, expect, it } from '@jest/globals';
import { money } from '#domain/money/money.ts';
import { chargeOutcome, checkoutState } from './outcomes.ts';
import { Order } from '../wire/replies.ts';

const capture = (id: string, status: string, reason?: string) => ({
  id,
  status,
  ...(reason ? { status_details: { reason } } : {}),
  amount: { currency_code: 'EUR', value: '12.99' },
  custom_id: 'sandbox:inv:att',
  create_time: '2026-06-01T12:00:00Z',
});
const order = (status: string, captures: object[] = []) =>
  Order.parse({ id: 'ORDER', status, purchase_units: [{ payments: { captures } }] });

describe('an order', () => {
  it.each([
    { status: 'CREATED', captures: [], state: 'open', outcome: 'action_required' },
    { status: 'SAVED', captures: [], state: 'open', outcome: 'action_required' },
    { status: 'PAYER_ACTION_REQUIRED', captures: [], state: 'open', outcome: 'action_required' },
    { status: 'APPROVED', captures: [], state: 'open', outcome: 'action_required' },
    { status: 'VOIDED', captures: [], state: 'expired', outcome: 'action_required' },
    { status: 'COMPLETED', captures: [], state: 'pending', outcome: 'pending' },
    { status: 'COMPLETED', captures: [capture('A', 'COMPLETED')], state: 'paid', outcome: 'paid' },
    { status: 'COMPLETED', captures: [capture('A', 'PARTIALLY_REFUNDED')], state: 'paid', outcome: 'paid' },
    { status: 'COMPLETED', captures: [capture('A', 'REFUNDED')], state: 'paid', outcome: 'paid' },
    { status: 'COMPLETED', captures: [capture('A', 'PENDING', 'ECHECK')], state: 'pending', outcome: 'pending' },
    { status: 'COMPLETED', captures: [capture('A', 'SOMETHING_NEW')], state: 'pending', outcome: 'pending' },
    { status: 'COMPLETED', captures: [capture('A', 'DECLINED')], state: 'expired', outcome: 'declined' },
    { status: 'COMPLETED', captures: [capture('A', 'FAILED')], state: 'expired', outcome: 'declined' },
  ])('$status with $captures.length captures is $state, as a charge $outcome', ({ status, captures, ...expected }) => {
    expect(checkoutState(order(status, captures), {}).state).toBe(expected.state);
    expect(chargeOutcome(order(status, captures), {}).outcome).toBe(expected.outcome);
  });

  it('is paid by whichever of its captures moved money, in whatever order they come', () => {
    const captures = [capture('A', 'DECLINED'), capture('B', 'PENDING'), capture('C', 'COMPLETED')];
    for (const each of [captures, [...captures].reverse()]) {
      expect(checkoutState(order('COMPLETED', each), {})).toEqual({
        state: 'paid',
        payment: {
          gatewayPaymentId: 'C',
          amount: money(1299, 'EUR'),
          paidAt: new Date('2026-06-01T12:00:00Z'),
          reference: { env: 'sandbox', invoiceId: 'inv', attemptId: 'att' },
          checkoutId: 'ORDER',
          method: undefined,
          requestId: undefined,
        },
      });
      expect(
        chargeOutcome(
          order(
            'COMPLETED',
            each.filter(({ id }) => id !== 'C'),
          ),
          {},
        ),
      ).toMatchObject({
        outcome: 'pending',
        gatewayPaymentId: 'B',
      });
    }
  });

  it.each([{ value: '12.999' }, { value: '1e3' }, { currency_code: 'HUF', value: '12.50' }])(
    'with an amount of %j is not read at all',
    (amount) => {
      const odd = { ...capture('A', 'COMPLETED'), amount: { currency_code: 'EUR', ...amount } };
      const read = Order.safeParse({
        id: 'O',
        status: 'COMPLETED',
        purchase_units: [{ payments: { captures: [odd] } }],
      });
      expect(read.success).toBe(false);
    },
  );
});
