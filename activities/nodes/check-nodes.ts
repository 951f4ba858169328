import { usedCapabilities } from '#domain/services/panel-capabilities.ts';
import { audit } from '#db/audit/entry.ts';
import { Node } from '#db/entities/index.ts';
import { inTransaction, LOCKED } from '#db/orm.ts';
import type { PanelCheck } from '../panels/panel.ts';
import type { ActivityParts } from '../parts.ts';
import { wake } from '#db/messages/wake.ts';

const FAILS_BEFORE_OUT = 3;
const GOOD_BEFORE_BACK = 2;
const PROBE_EVERY_MS = 3_600_000;

/** Its panel is asked with them, so they are read along. */
const WITH_CREDENTIALS = { populate: ['credentials'] } as const;

export const createNodeActivities = ({ orm, panels }: Pick<ActivityParts, 'orm' | 'panels'>) => {
  async function check(node: Node, quick: boolean): Promise<PanelCheck> {
    try {
      return await panels.of(node).check({ quick });
    } catch (error) {
      return {
        ok: false,
        steps: [{ name: 'reach', ok: false, message: error instanceof Error ? error.message : String(error) }],
      };
    }
  }

  return {
    /** Staff asked: one good check is enough to bring the node into rotation, one bad takes it out. */
    async checkNode({ nodeId }: { nodeId: string }): Promise<PanelCheck> {
      const node = await orm.em.fork().findOneOrFail(Node, nodeId, WITH_CREDENTIALS);
      const result = await check(node, false);
      await record(nodeId, result, result.ok ? GOOD_BEFORE_BACK : FAILS_BEFORE_OUT, new Date());
      return result;
    },

    /** The regular round, whole once an hour, as panels count our calls: three failures take a node out, two good checks bring it back. */
    async checkNodes({ asOf }: { asOf: number }): Promise<{ healthy: number; failing: number }> {
      const nodes = await orm.em.fork().findAll(Node, WITH_CREDENTIALS);
      const isDue = ({ probedAt }: Node) => !probedAt || asOf - probedAt.getTime() >= PROBE_EVERY_MS;
      const results = await Promise.all(nodes.map(async (node) => ({ node, result: await check(node, !isDue(node)) })));
      for (const { node, result } of results) await record(node.id, result, 1, new Date(asOf));
      const failing = results.filter(({ result }) => !result.ok).length;
      return { healthy: nodes.length - failing, failing };
    },
  };

  async function record(nodeId: string, result: PanelCheck, weight: number, now: Date): Promise<void> {
    await inTransaction(orm, async (em) => {
      const node = await em.findOneOrFail(Node, nodeId, LOCKED);
      const before = node.health;
      node.checkedAt = now;
      node.version = result.version ?? node.version ?? null;
      if (result.capabilities) {
        node.capabilitiesFound = [...result.capabilities];
        node.capabilities = usedCapabilities(node.capabilitiesFound, node.capabilitiesOff);
        node.probedAt = now;
      }
      node.failedChecks = result.ok ? 0 : Math.min(FAILS_BEFORE_OUT, node.failedChecks + weight);
      node.goodChecks = result.ok ? Math.min(GOOD_BEFORE_BACK, node.goodChecks + weight) : 0;
      if (node.failedChecks >= FAILS_BEFORE_OUT) node.health = 'failing';
      if (node.goodChecks >= GOOD_BEFORE_BACK) node.health = 'healthy';
      if (node.health === before) return;
      const failed = result.steps.find(({ ok }) => !ok);
      audit(em, {
        at: now,
        actor: { type: 'system' },
        action: `node.${node.health}`,
        object: { type: 'node', id: nodeId },
        before: { health: before },
        after: { health: node.health },
        reason: failed?.message,
      });
      if (node.health === 'healthy') await wake(em, { because: `healthy/${nodeId}/${now.getTime()}`, nodeId }, now);
    });
  }
};
export type NodeActivities = ReturnType<typeof createNodeActivities>;
