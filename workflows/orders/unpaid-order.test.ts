import { expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '../testing/harness.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

// Seven days of hourly looks are some 170 activities: the slowest story, so it has a file of its own.
it('an unpaid order is reminded after a day and after three, and canceled at seven days', async () => {
  const { did, fakes } = recorded({
    openCheckout: (input: { number: number }) => ({ needsNoCheckout: false, number: input.number }),
    bookPayment: { state: 'open' },
    sendPaymentReminder: undefined,
    cancelUnpaid: 'canceled',
  });
  const of = { orderId: newId(), customerId: newId() };
  const id = `order/${of.orderId}`;
  const reminders = () => did.filter((name) => name === 'sendPaymentReminder').length;
  await withWorkflows(fakes, async ({ start, until, advance, record }) => {
    const handle = await start('fulfillOrder', [of], id);
    await until(() => did.includes('openCheckout'));
    await advance(id, DAY + MINUTE);
    expect(reminders()).toBe(1);
    await advance(id, 2 * DAY);
    expect(reminders()).toBe(2);
    await advance(id, 4 * DAY);
    expect(await handle.result()).toBe('canceled');
    await record(id, 'fulfillOrder/canceled');
  });
  expect(did.at(-1)).toBe('cancelUnpaid');
  // 1, 5 and 15 minutes, then hourly up to the seventh day.
  expect(did.filter((name) => name === 'bookPayment')).toHaveLength(3 + 167);
}, 180_000);
