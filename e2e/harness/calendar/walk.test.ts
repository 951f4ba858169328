import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectInvoice, expectMails, expectOrder, expectPage } from './checkers/index.ts';
import { openWalk, type Walk } from './walk.ts';

const EUR_29 = 'EUR 29.00';

describe('a walk', () => {
  let walk: Walk;
  beforeAll(async () => {
    walk = await openWalk('walk', '2031-11-21 10:00');
  }, 60_000);
  afterAll(() => walk?.close(), 60_000);

  it('fails where something happens that the story does not tell, and where something told does not happen', async () => {
    const buyer = await walk.place();
    const failed = walk.to(
      '2031-11-21 12:00',
      expectOrder(buyer, 'placed'),
      expectInvoice(buyer, { issued: 'initial', total: 'EUR 30.00', dueOn: '2031-11-21' }),
      expectMails(buyer, 'Thank you for your order'),
    );
    await expect(failed).rejects.toThrow(
      [
        'The calendar does not go as told.',
        '',
        'Friday 2031-11-21',
        '  invoice',
        '    expected  initial issued, EUR 30.00, due on 2031-11-21',
        '    happened  10:00 initial issued, EUR 29.00, due on 2031-11-21',
        '  mails',
        '    expected  Thank you for your order',
        '    happened  nothing',
        '  payment page',
        '    expected  nothing',
        '    happened  10:00 opened',
        '',
      ].join('\n'),
    );
  }, 60_000);

  it('tells customers apart, and each day of each', async () => {
    const second = await walk.place();
    await walk.to(
      '2031-11-21',
      expectOrder(second, 'placed'),
      expectInvoice(second, { issued: 'initial', total: EUR_29, dueOn: '2031-11-21' }),
      expectPage(second, 'opened'),
    );
    const failed = walk.days(1, expectPage(second, 'ran out', 'opened'));
    await expect(failed).rejects.toThrow(
      `  mails of ${second.reference}\n    expected  nothing\n    happened  12:00 Your order ${second.reference} waits for its payment\n`,
    );
  }, 60_000);

  it('goes ahead only', async () => {
    await expect(walk.to('2031-11-20')).rejects.toThrow(
      'The walk is at 2031-11-22 and does not go back to 2031-11-20.',
    );
  });
});

it('a walk begins in the future', async () => {
  await expect(openWalk('past', '2020-02-29 10:00')).rejects.toThrow('2020-02-29 10:00 is over');
});
