import { expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '../testing/harness.ts';

it('a second payment of a finished order goes back, and a refund the gateway refuses parks until staff keep it as credit', async () => {
  const { did, calls, fakes } = recorded({
    settleEvents: { refund: ['refund-1'] },
    sendRefund: { stop: 'RefundFailed', message: 'Stripe did not refund: the charge is disputed.' },
    keepAsCredit: undefined,
    openIncident: undefined,
    closeIncident: undefined,
  });
  const id = `settlement/${newId()}`;
  await withWorkflows(fakes, async ({ start, until, record }) => {
    const handle = await start('settlePayment', [{ inboxId: newId() }], id);
    await until(() => did.includes('openIncident'));
    const incident = calls.find(({ name }) => name === 'openIncident')!.input.id;
    await handle.executeUpdate('resolveIncident', {
      args: [{ incident, actor: 'sam', decision: { action: 'skip', note: 'the customer agreed' } }],
    });
    expect(await handle.result()).toBe('settled');
    await record(id, 'settlePayment/parked-skipped');
  });
  expect(did).toEqual(['settleEvents', 'sendRefund', 'openIncident', 'closeIncident', 'keepAsCredit']);
});
