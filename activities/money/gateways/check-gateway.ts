import { audit } from '#db/audit/entry.ts';
import { GatewayHealth, Incident } from '#db/entities/index.ts';
import { wake } from '#db/messages/wake.ts';
import { inTransaction, LOCKED } from '#db/orm.ts';
import { vendorLabel, type GatewayName } from '#domain/vendors.ts';
import { WATCH_GATEWAY } from '#domain/workflows/workflow-ids.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { closeUnheard } from '#activities/desk/incidents.ts';
import { checkStep } from '#activities/gateways/check-step.ts';
import type { GatewayCheck } from '#activities/gateways/gateway.ts';
import { VendorUnavailable } from '#activities/http/vendor.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { atGateway } from '#activities/where.ts';

type CheckParts = Pick<ActivityParts, 'orm' | 'gateways'> & { livemode: (gateway: GatewayName) => boolean };

/** What a repeat may cure by itself. */
const PASSES = ['VendorUnavailable', 'OutcomeUnknown'];

export const createGatewayCheckActivities = ({ orm, gateways, livemode }: CheckParts) => {
  async function check(name: GatewayName): Promise<GatewayCheck> {
    let found: GatewayCheck | undefined;
    const unforeseen = await checkStep('Check the gateway', async () => {
      found = await gateways.of(name).check();
      return { ok: true, message: '' };
    });
    if (!found) return { ok: false, steps: [unforeseen] };
    const wanted = livemode(name) ? 'live' : 'test';
    if (!found.mode || found.mode === wanted) return found;
    const message =
      `The credentials are for ${found.mode} money and the configuration says ${wanted}, so no event of ` +
      `${vendorLabel(name)} is applied. Set the credentials or the environment of the gateway right and restart.`;
    return {
      ...found,
      ok: false,
      steps: [...found.steps, { name: 'Live or test, as configured', ok: false, message, stop: 'VendorRefused' }],
    };
  }

  /** Keeps what was found for staff; what is well again has everything tried that waits at the gateway. */
  async function record(name: GatewayName, found: GatewayCheck, now: Date): Promise<void> {
    const { account } = gateways.of(name);
    const health = found.ok ? 'healthy' : 'failing';
    await inTransaction(orm, async (em) => {
      await em.upsert(
        GatewayHealth,
        { gateway: name, account, health: null, steps: [], checkedAt: now },
        { onConflictAction: 'ignore', onConflictFields: ['gateway'] },
      );
      const row = await em.findOneOrFail(GatewayHealth, { gateway: name }, { ...LOCKED, refresh: true });
      // A check that took longer than a later one knows less.
      if (row.checkedAt > now) return;
      const before = row.health;
      Object.assign(row, {
        account,
        health,
        // What a failing check did not come to is as it was found before.
        mode: found.mode ?? (row.account === account ? row.mode : null),
        webhookUrl: found.webhookUrl ?? (row.account === account ? row.webhookUrl : null),
        steps: found.steps.map(({ name: step, ok, message }) => ({ name: step, ok, message })),
        checkedAt: now,
      });
      if (before === health) return;
      audit(em, {
        at: now,
        actor: { type: 'system' },
        action: `gateway.${health}`,
        object: { type: 'gateway', id: name },
        before: { health: before },
        after: { health },
        reason: found.steps.find(({ ok }) => !ok)?.message,
      });
      if (found.ok) await wake(em, { because: `healthy/${name}/${now.getTime()}`, gateway: name }, now);
    });
  }

  return {
    /** Staff asked. @returns what was found, whatever it is */
    async checkGateway({ gateway, asOf }: { gateway: GatewayName; asOf: number }): Promise<GatewayCheck> {
      const found = await check(gateway);
      if (gateways.has(gateway)) await record(gateway, found, new Date(asOf));
      return found;
    },

    /**
     * The regular check. A watch that was broken off while it was parked leaves an incident that nobody hears of any more:
     * it is closed here, so that a gateway has one.
     * @param workflowId  the watch that asks
     * @returns why it cannot go on; `off` where the gateway has no keys any more
     * @throws VendorUnavailable for what passes by itself, to be tried again
     */
    async watchedGateway({
      gateway,
      workflowId,
      asOf,
    }: {
      gateway: GatewayName;
      workflowId: string;
      asOf: number;
    }): Promise<'well' | 'off' | Stop> {
      const now = new Date(asOf);
      await inTransaction(orm, async (em) => {
        const left = { workflowType: WATCH_GATEWAY, gateway, status: 'open', workflowId: { $ne: workflowId } } as const;
        await closeUnheard(em, await em.find(Incident, left), now);
      });
      if (!gateways.has(gateway)) return 'off';
      const found = await check(gateway);
      await record(gateway, found, now);
      const failed = found.steps.filter(({ ok }) => !ok);
      if (failed.length === 0) return 'well';
      const message = failed.map((step) => `${step.name}: ${step.message}`).join('\n');
      const lasting = failed.find(({ stop }) => !PASSES.includes(stop ?? 'Unexpected'));
      if (!lasting) return atGateway(gateway, () => Promise.reject(new VendorUnavailable(message)));
      return { stop: lasting.stop ?? 'Unexpected', message, gateway, adapter: gateway };
    },
  };
};
export type GatewayCheckActivities = ReturnType<typeof createGatewayCheckActivities>;
