import { expect, it } from '@jest/globals';
import { recorded, withWorkflows } from '../testing/harness.ts';

it('the round over workflows looks once and says which it found lost', async () => {
  const { did, fakes } = recorded({ findLostWorkflows: { lost: ['order/1'] } });
  await withWorkflows(fakes, async ({ start, record }) => {
    expect(await (await start('watchWorkflows', [], 'watchWorkflows')).result()).toEqual({ lost: ['order/1'] });
    await record('watchWorkflows', 'watchWorkflows/done');
  });
  expect(did).toEqual(['findLostWorkflows']);
});
