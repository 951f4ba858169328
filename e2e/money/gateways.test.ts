import { describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { commandLine } from '../harness/command-line.ts';
import { until } from '../harness/product.ts';

const line = commandLine('gatewaycommands');
const { run } = line;

interface Health {
  gateways: { name: string; health: string | null; mode: string | null; webhook_url: string | null }[];
}

/** The watch as its schedule starts it; all products of a test run share the schedules of one server. */
const watch = (gateway: 'stripe' | 'paypal') =>
  line.product.temporal.workflow.start('watchGateway', {
    args: [{ gateway }],
    taskQueue: line.product.db.name,
    workflowId: `watchGateway/${gateway}-${newId()}`,
  });
const refuseStripe = () => line.product.vendors.stripe.plan({ kind: 'unauthorized', path: '^/v1/' });

it.each(['stripe', 'paypal'])('a worker that has started has %s watched each hour', async (gateway) => {
  const { action, spec } = await line.product.temporal.schedule.getHandle(`watchGateway/${gateway}`).describe();
  expect(action).toMatchObject({ workflowType: 'watchGateway', args: [{ gateway }] });
  expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
});

describe('hostwright gateways', () => {
  it('tests each at its vendor, and lists what was found', async () => {
    expect(await run('gateways', 'test', 'stripe')).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^Stripe {2}main, test money\n[\s\S]*✓ Secret key[\s\S]*✓ Right to take payments/),
    });
    expect(await run('gateways', 'test', 'paypal')).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^PayPal {2}main, test money, events to http[\s\S]*✓ Find our webhook registration/),
    });
    const { webhook_url: url } = (await run('gateways', 'list', '--json')).json<Health>().gateways[1]!;
    expect(url).toBe(`${line.product.api}/webhooks/paypal/main`);
    expect((await run('gateways', 'list')).out).toMatch(/^gateway +account .*\nstripe +main +test +healthy /);
    expect(await run('gateways', 'test', 'nowhere')).toMatchObject({ exit: 2 });
  });

  it('says at which step a wrong key fails, and never what the key is', async () => {
    await refuseStripe();
    const failed = await run('gateways', 'test', 'stripe');
    await line.product.vendors.stripe.heal();
    expect(failed).toMatchObject({ exit: 1, out: expect.stringContaining('✗ Secret key') });
    const listed = await run('gateways', 'list');
    expect(listed.out).toMatch(/stripe .* failing: Secret key /);
    const environment = line.product.environment;
    for (const secret of ['STRIPE_SECRET_KEY', 'PAYPAL_CLIENT_SECRET', 'STRIPE_WEBHOOK_SECRET'])
      expect(failed.out + failed.err + listed.out).not.toContain(environment[secret]);
  });
});

it('a wrong key is one incident of its gateway, and is healed by a test that finds it right', async () => {
  const open = () =>
    line.product.db.sql<{ reason: string; workflow_id: string }>(
      `select reason, workflow_id from incident where status = 'open' and workflow_type = 'watchGateway' and gateway = 'stripe'`,
    );
  await refuseStripe();
  const broken = await watch('stripe');
  await until(async () => (await open()).length === 1);
  // Somebody breaks off the parked one; the next hour's stands for the same cause.
  await broken.terminate();
  const parked = await watch('stripe');
  await until(async () => (await open()).some(({ workflow_id: id }) => id === parked.workflowId));
  expect(await open()).toEqual([{ reason: 'VendorUnauthorized', workflow_id: parked.workflowId }]);

  await line.product.vendors.stripe.heal();
  expect(await run('gateways', 'test', 'stripe')).toMatchObject({ exit: 0 });
  expect(await parked.result()).toBe('well');
  expect(await open()).toEqual([]);
  expect(await (await watch('paypal')).result()).toBe('well');
}, 60_000);
