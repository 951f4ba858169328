import { expect, it } from '@jest/globals';
import { recorded, withWorkflows } from '../testing/harness.ts';

it('the rounds look once and say what they found', async () => {
  const { did, fakes } = recorded({ checkNodes: { healthy: 2, failing: 1 }, sweepGatewayEvents: { found: 3 } });
  await withWorkflows(fakes, async ({ start, record }) => {
    expect(await (await start('watchNodes', [], 'watchNodes')).result()).toEqual({ healthy: 2, failing: 1 });
    expect(await (await start('reconcilePayments', [], 'reconcilePayments')).result()).toEqual({ found: 3 });
    await record('watchNodes', 'watchNodes/done');
    await record('reconcilePayments', 'reconcilePayments/done');
  });
  expect(did).toEqual(['checkNodes', 'sweepGatewayEvents']);
});
