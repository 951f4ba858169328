import { describe, expect, it } from '@jest/globals';
import { isFinal, orderStory, type OrderFacts, type StoryStatus } from './order-story.ts';

const at = (time: string) => new Date(`2026-03-02T${time}Z`);
const order = (facts: Partial<OrderFacts> = {}): OrderFacts => ({
  status: 'awaiting_payment',
  gateway: 'stripe',
  placedAt: at('10:00:00'),
  paidAt: null,
  checkoutUrl: null,
  checkoutExpiresAt: null,
  endedBecause: null,
  events: [],
  isPaymentPending: false,
  isParked: false,
  incidents: [],
  ...facts,
});
const paid = (facts: Partial<OrderFacts> = {}) => order({ status: 'provisioning', paidAt: at('11:00:00'), ...facts });
const page = { checkoutUrl: 'https://pay.example/1', checkoutExpiresAt: at('11:00:00') };
const incident = { step: 'Make the account', reason: 'VendorUnauthorized', openedAt: at('11:01:00') };

describe('what comes next', () => {
  const rows: [because: string, facts: OrderFacts, now: string, waitingFor: string, late: boolean, says: string][] = [
    ['the workflow opens the page first', order(), '10:00:05', 'us', false, 'page at Stripe is being opened'],
    ['a minute without a page is late', order(), '10:01:01', 'us', true, 'takes longer than usual'],
    ['an open page is the customer’s turn', order(page), '10:30:00', 'customer', false, 'Pay at Stripe'],
    ['the gateway is named', order({ ...page, gateway: 'paypal' }), '10:30:00', 'customer', false, 'Pay at PayPal'],
    ['a closed page may still bring money', order(page), '11:00:00', 'us', false, 'has closed'],
    [
      'the gateway works on it',
      order({ ...page, isPaymentPending: true }),
      '10:30:00',
      'us',
      false,
      'need not pay again',
    ],
    ['it waits for staff before the payment', order({ isParked: true }), '10:00:05', 'us', true, 'our staff, who know'],
    ['it waits for staff after it', paid({ isParked: true }), '11:00:05', 'us', true, 'our staff, who know'],
    ['recorded money needs no page', order({ gateway: 'recorded' }), '10:00:05', 'us', false, 'being booked'],
    ['money came', paid(), '11:00:05', 'us', false, 'being set up'],
    ['one second before 15 minutes', paid(), '11:14:59', 'us', false, 'being set up'],
    ['15 minutes after the payment', paid(), '11:15:00', 'us', true, 'takes longer than usual'],
    ['it is done', paid({ status: 'active' }), '12:00:00', 'nobody', false, 'is ready'],
    ['it ended unpaid', order({ status: 'canceled' }), '12:00:00', 'nobody', false, 'was canceled'],
    ['it was undone', paid({ status: 'refunded' }), '12:00:00', 'nobody', false, 'was refunded'],
  ];
  it.each(rows)('%s', (_because, facts, now, waitingFor, takingLonger, says) => {
    const { next } = orderStory(facts, 'customer', at(now));
    expect(next).toMatchObject({ waitingFor, takingLonger });
    expect(next.text).toContain(says);
  });
});

describe('who reads what', () => {
  const events = [
    { id: '1', kind: 'placed', text: 'Order placed.', at: at('10:00:00') },
    { id: '2', kind: 'staff_parked', text: 'ams-1 says 401.', at: at('11:01:00') },
  ];
  const stuck = paid({ events, incidents: [incident], isParked: true });

  it('a customer never reads why our side stands still', () => {
    const story = JSON.stringify(orderStory(stuck, 'customer', at('11:20:00')));
    expect(story).toContain('our staff, who know');
    for (const word of ['Vendor', '401', 'ams-1', 'decision', 'incident']) expect(story).not.toContain(word);
  });

  it('a customer reads that it was canceled, not what staff noted', () => {
    const event = { id: '3', kind: 'canceled', text: 'Canceled: looks like a stolen card.', at: at('12:00:00') };
    const ended = order({ status: 'canceled', events: [event] });
    const textFor = (audience: 'customer' | 'staff') => orderStory(ended, audience, at('12:00:00')).happened[0]?.text;
    expect(textFor('staff')).toContain('stolen card');
    expect(textFor('customer')).toBe('Order canceled');
  });

  it('staff read which step waits for whom', () => {
    const { happened, next } = orderStory(stuck, 'staff', at('11:02:00'));
    expect(happened.map(({ kind }) => kind)).toEqual(['placed', 'staff_parked']);
    expect(next.text).toBe('Make the account waits for a decision: VendorUnauthorized. See the incident.');
  });

  it('only staff read the reason of an end', () => {
    const ended = order({ status: 'canceled', endedBecause: 'Unpaid for 7 days.' });
    expect(orderStory(ended, 'staff', at('12:00:00')).next.text).toContain('canceled: Unpaid for 7 days.');
    expect(orderStory(ended, 'customer', at('12:00:00')).next.text).toBe(
      'This order was canceled. Nothing more will be charged.',
    );
  });

  it('an old incident does not speak for an order that has ended', () => {
    const done = paid({ status: 'active', incidents: [incident] });
    expect(orderStory(done, 'staff', at('12:00:00')).next.waitingFor).toBe('nobody');
  });
});

it('an order has ended once it is active, canceled or refunded', () => {
  const statuses: StoryStatus[] = ['awaiting_payment', 'provisioning', 'active', 'canceled', 'refunded'];
  expect(statuses.filter(isFinal)).toEqual(['active', 'canceled', 'refunded']);
});
