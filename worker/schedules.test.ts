import { expect, it } from '@jest/globals';
import { ScheduleNotFoundError } from '@temporalio/client';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '#workflows/testing/harness.ts';
import { ensureGatewayWatches } from './schedules.ts';

/** Schedules are the server's, so each test has gateways of its own. */
const newGateway = () => `gateway-${newId()}`;
const refused = { stop: 'VendorUnauthorized', message: 'Secret key: 401.' };
const desk = { openIncident: undefined, closeIncident: undefined };

it('a gateway is checked at each start and each hour, and never by two at once', async () => {
  const gateway = newGateway();
  const { did, calls, fakes } = recorded({ watchedGateway: [refused, refused, 'well', 'well'], ...desk });
  const checks = () => did.filter((name) => name === 'watchedGateway').length;
  await withWorkflows(fakes, async ({ client, taskQueue, until }) => {
    const watch = client.schedule.getHandle(`watchGateway/${gateway}`);
    try {
      await ensureGatewayWatches(client, taskQueue, { on: [gateway], off: [] });
      await until(() => did.includes('openIncident'));
      const { spec, policies } = await watch.describe();
      expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
      expect(policies.overlap).toBe('SKIP');
      expect(calls[0]!.input).toMatchObject({
        gateway,
        workflowId: expect.stringMatching(new RegExp(`^watchGateway/${gateway}-\\d{4}-`)),
      });
      // The schedule knows of its run a moment later than we do.
      await until(async () => (await watch.describe()).info.runningActions.length === 1);

      // Another start, the hour, and the key still wrong: the same one looks again.
      await ensureGatewayWatches(client, taskQueue, { on: [gateway], off: [] });
      await until(() => checks() === 2);
      // The next has the right key.
      await ensureGatewayWatches(client, taskQueue, { on: [gateway], off: [] });
      await until(() => did.includes('closeIncident'));
      expect(did.filter((name) => name === 'openIncident')).toHaveLength(1);

      await until(async () => (await watch.describe()).info.runningActions.length === 0);
      await watch.trigger();
      await until(() => checks() === 4);
    } finally {
      await watch.delete();
    }
  });
});

it('one that is switched off is watched no more, and its parked watch looks once more and ends', async () => {
  const gateway = newGateway();
  const { did, fakes } = recorded({ watchedGateway: [refused, 'off'], ...desk });
  await withWorkflows(fakes, async ({ client, taskQueue, until }) => {
    await ensureGatewayWatches(client, taskQueue, { on: [gateway], off: [newGateway()] });
    await until(() => did.includes('openIncident'));
    const watch = client.schedule.getHandle(`watchGateway/${gateway}`);
    await until(async () => (await watch.describe()).info.runningActions.length === 1);
    await ensureGatewayWatches(client, taskQueue, { on: [], off: [gateway] });
    await until(() => did.includes('closeIncident'));
    await expect(watch.describe()).rejects.toThrow(ScheduleNotFoundError);
  });
});
