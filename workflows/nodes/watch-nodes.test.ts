import { expect, it } from '@jest/globals';
import { recorded, withWorkflows } from '../testing/harness.ts';

it('the round over nodes looks once and says what it found', async () => {
  const { did, fakes } = recorded({ checkNodes: { healthy: 2, failing: 1 } });
  await withWorkflows(fakes, async ({ start, record }) => {
    expect(await (await start('watchNodes', [], 'watchNodes')).result()).toEqual({ healthy: 2, failing: 1 });
    await record('watchNodes', 'watchNodes/done');
  });
  expect(did).toEqual(['checkNodes']);
});
