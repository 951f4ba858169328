import { expect, it } from '@jest/globals';
import { recorded, withWorkflows } from '../testing/harness.ts';

it('the round over gateways reads their events once and says how many were missing', async () => {
  const { did, fakes } = recorded({ sweepGatewayEvents: { found: 3 } });
  await withWorkflows(fakes, async ({ start, record }) => {
    expect(await (await start('reconcilePayments', [], 'reconcilePayments')).result()).toEqual({ found: 3 });
    await record('reconcilePayments', 'reconcilePayments/done');
  });
  expect(did).toEqual(['sweepGatewayEvents']);
});
