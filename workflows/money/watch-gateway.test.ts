import { expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '../testing/harness.ts';

const refused = {
  stop: 'VendorUnauthorized',
  message: 'Secret key: Stripe on main could not read its balance: 401.',
  gateway: 'stripe',
  adapter: 'stripe',
};
const away = ApplicationFailure.create({ message: 'Stripe does not answer', type: 'VendorUnavailable' });
const desk = { openIncident: undefined, closeIncident: undefined };
const watch = [{ gateway: 'stripe' }];
const newWatch = () => `watchGateway/stripe-${newId()}`;
const MINUTE = 60_000;

it('a gateway whose check passes leaves nothing behind', async () => {
  const { did, calls, fakes } = recorded({ watchedGateway: 'well', ...desk });
  const id = newWatch();
  await withWorkflows(fakes, async ({ start, record }) => {
    expect(await (await start('watchGateway', watch, id)).result()).toBe('well');
    await record(id, 'watchGateway/well');
  });
  expect(did).toEqual(['watchedGateway']);
  expect(calls[0]!.input).toMatchObject({ gateway: 'stripe', workflowId: id, asOf: expect.any(Number) });
});

it('wrong keys are one incident, which heals by itself when they are right again', async () => {
  const { did, calls, fakes } = recorded({ watchedGateway: [refused, refused, refused, 'well'], ...desk });
  const id = newWatch();
  await withWorkflows(fakes, async ({ start, advance, until, record }) => {
    const handle = await start('watchGateway', watch, id);
    await until(() => did.includes('openIncident'));
    await advance(id, MINUTE);
    await until(() => did.filter((name) => name === 'watchedGateway').length === 2);
    await handle.signal('conditionsChanged', 'a worker has started');
    await until(() => did.filter((name) => name === 'watchedGateway').length === 3);
    await advance(id, MINUTE);
    expect(await handle.result()).toBe('well');
    await record(id, 'watchGateway/refused-healed');
  });
  expect(did.filter((name) => name === 'openIncident')).toHaveLength(1);
  const inputOf = (name: string) => calls.find((call) => call.name === name)!.input;
  expect(inputOf('openIncident')).toMatchObject({
    stop: refused,
    step: { name: 'gateway', skip: expect.any(String) },
  });
  expect(inputOf('closeIncident')).toMatchObject({ how: 'healed' });
});

it('staff leave it as it is until the next check', async () => {
  const { did, calls, fakes } = recorded({ watchedGateway: refused, ...desk });
  const id = newWatch();
  await withWorkflows(fakes, async ({ start, until, record }) => {
    const handle = await start('watchGateway', watch, id);
    await until(() => did.includes('openIncident'));
    const { id: incident } = calls.find(({ name }) => name === 'openIncident')!.input;
    const decision = { action: 'skip', note: 'closed for the season' };
    await handle.executeUpdate('resolveIncident', { args: [{ incident, actor: 'sam', decision }] });
    expect(await handle.result()).toBe('left');
    await record(id, 'watchGateway/left');
  });
});

it('a gateway that does not answer for a moment is asked again before anybody hears of it', async () => {
  const { did, fakes } = recorded({ watchedGateway: [away, 'well'], ...desk });
  await withWorkflows(fakes, async ({ start }) => {
    expect(await (await start('watchGateway', watch, newWatch())).result()).toBe('well');
  });
  expect(did).toEqual(['watchedGateway', 'watchedGateway']);
});
