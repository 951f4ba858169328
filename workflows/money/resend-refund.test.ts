import { expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '../testing/harness.ts';

const failed = { stop: 'RefundFailed', message: 'Stripe did not refund EUR 29.00: expired_or_canceled_card.' };
const away = ApplicationFailure.nonRetryable('Stripe does not take this', 'VendorRefused');

it('a refund that failed parks at once, and is sent again only by a decision, never by itself', async () => {
  const { calls, fakes } = recorded({
    sendRefund: [failed, failed, failed, undefined],
    openIncident: undefined,
    closeIncident: undefined,
  });
  const of = { refundId: newId(), customerId: newId(), orderId: newId() };
  const id = `refund/${of.refundId}/1`;
  const opened = () => calls.filter(({ name }) => name === 'openIncident').map(({ input }) => input);
  const sent = () => calls.filter(({ name }) => name === 'sendRefund').map(({ input }) => input.again);
  const retry = { action: 'retry' } as const;
  await withWorkflows(fakes, async ({ start, until, record }) => {
    const handle = await start('resendRefund', [of], id);
    await until(() => opened().length === 1);
    await handle.signal('conditionsChanged', 'something');
    await until(() => sent().length === 2);
    expect(sent()).toEqual([false, false]);
    await handle.executeUpdate('resolveIncident', {
      args: [{ incident: opened()[0]!.id, actor: 'sam', decision: retry }],
    });
    await until(() => opened().length === 2);
    await handle.executeUpdate('resolveIncident', {
      args: [{ incident: opened()[1]!.id, actor: 'sam', decision: retry }],
    });
    expect(await handle.result()).toBe('decided');
    await record(id, 'resendRefund/parked-retried');
  });
  expect(sent()).toEqual([false, false, true, true]);
  expect(opened()[0]).toMatchObject({
    stop: failed,
    subject: { customerId: of.customerId, orderId: of.orderId },
    step: { name: 'refund', skip: expect.any(String) },
  });
});

it('a refund that staff keep as credit is not sent because keeping it did not work at first', async () => {
  const { calls, fakes } = recorded({
    sendRefund: failed,
    keepAsCredit: [away, undefined],
    openIncident: undefined,
    closeIncident: undefined,
  });
  const of = { refundId: newId(), customerId: newId() };
  const opened = () => calls.filter(({ name }) => name === 'openIncident').map(({ input }) => input);
  await withWorkflows(fakes, async ({ start, until }) => {
    const handle = await start('resendRefund', [of], `refund/${of.refundId}/1`);
    for (const n of [1, 2]) {
      await until(() => opened().length === n);
      await handle.executeUpdate('resolveIncident', {
        args: [{ incident: opened()[n - 1]!.id, actor: 'sam', decision: { action: 'skip', note: 'by bank transfer' } }],
      });
    }
    expect(await handle.result()).toBe('decided');
  });
  const sent = calls.filter(({ name }) => name === 'sendRefund').map(({ input }) => input.again);
  expect(sent.every((again) => again === false)).toBe(true);
});
