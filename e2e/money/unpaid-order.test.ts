import { afterEach, it } from '@jest/globals';
import {
  expectAccount,
  expectCharges,
  expectInvoice,
  expectLedger,
  expectLicense,
  expectLooks,
  expectMails,
  expectOrder,
  expectPage,
  expectSubscription,
} from '../harness/calendar/checkers/index.ts';
import { openWalk, type Walk } from '../harness/calendar/walk.ts';

let walk: Walk | undefined;
afterEach(() => walk?.close(), 60_000);

const EUR_29 = 'EUR 29.00';

it('an order that nobody pays is reminded after a day and after three, and ends on the seventh', async () => {
  walk = await openWalk('unpaid', '2031-11-21 10:00');
  const buyer = await walk.place();
  const reminder = `Your order ${buyer.reference} waits for its payment`;

  await walk.to(
    '2031-11-21',
    expectOrder(buyer, 'placed'),
    expectInvoice(buyer, { issued: 'initial', total: EUR_29, dueOn: '2031-11-21' }),
    expectPage(buyer, 'opened'),
    // After 1, 5 and 15 minutes, then at 11:15 and each hour after.
    expectLooks(buyer, 3 + 13),
  );
  // A page lives for a day less a minute. When it has run out we are told, look, and open the next.
  await walk.to(
    '2031-11-22',
    expectMails(buyer, reminder),
    expectPage(buyer, 'ran out', 'opened'),
    expectLooks(buyer, 24 + 1),
  );
  await walk.days(1, expectPage(buyer, 'ran out', 'opened'));
  await walk.days(1, expectMails(buyer, reminder), expectPage(buyer, 'ran out', 'opened'));
  await walk.to('2031-11-25', expectPage(buyer, 'ran out', 'opened'));
  await walk.to('2031-11-26', expectPage(buyer, 'ran out', 'opened'));
  await walk.to('2031-11-27', expectPage(buyer, 'ran out', 'opened'));

  await walk.to('2031-11-28 09:59', expectPage(buyer, 'ran out', 'opened'));
  await walk.to(
    '2031-11-28',
    expectOrder(buyer, 'canceled, unpaid for 7 days'),
    expectInvoice(buyer, 'void'),
    expectPage(buyer, 'closed'),
    expectCharges(buyer),
    expectLedger(buyer),
  );
  await walk.to('2032-11-28');
}, 180_000);

it('an order paid on the fourth day brings everything on that very day', async () => {
  walk = await openWalk('paid_late', '2031-11-21 10:00');
  const buyer = await walk.place();
  const reminder = `Your order ${buyer.reference} waits for its payment`;
  await walk.to(
    '2031-11-21',
    expectOrder(buyer, 'placed'),
    expectInvoice(buyer, { issued: 'initial', total: EUR_29, dueOn: '2031-11-21' }),
    expectPage(buyer, 'opened'),
  );
  await walk.to('2031-11-22', expectMails(buyer, reminder), expectPage(buyer, 'ran out', 'opened'));
  await walk.to('2031-11-23', expectPage(buyer, 'ran out', 'opened'));

  await walk.to('2031-11-24 18:30', expectMails(buyer, reminder), expectPage(buyer, 'ran out', 'opened'));
  await walk.pay(buyer);
  await walk.to(
    '2031-11-24',
    expectPage(buyer, 'completed'),
    expectCharges(buyer, EUR_29),
    expectInvoice(buyer, 'paid'),
    expectLedger(buyer, { amount: EUR_29, from: 'invoices', to: 'gateway:stripe/main' }),
    expectOrder(buyer, 'paid', 'active'),
    expectLicense(buyer, 'issued'),
    expectAccount(buyer, 'made'),
    expectSubscription(buyer, 'active, paid through 2031-12-24'),
    expectMails(buyer, 'Your Starter account is ready'),
  );
  await walk.to('2031-12-01');
}, 180_000);
