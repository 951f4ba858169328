import { checkEveryMs } from '#domain/services/panel-budget.ts';
import { usedCapabilities } from '#domain/services/panel-capabilities.ts';
import { audit } from '#db/audit/entry.ts';
import { Node } from '#db/entities/index.ts';
import { readNodeCalls } from '#db/nodes/calls-spent.ts';
import { inTransaction, LOCKED } from '#db/orm.ts';
import type { PanelCheck } from '../panels/panel.ts';
import type { ActivityParts } from '../parts.ts';
import { wake } from '#db/messages/wake.ts';

const FAILS_BEFORE_OUT = 3;
const GOOD_BEFORE_BACK = 2;
const PROBE_EVERY_MS = 3_600_000;
/** The rounds come each minute, some a moment early. */
const EARLY_MS = 10_000;

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

    /**
     * The regular round: each node when its budget of calls has a check for it, whole once an hour. Three failures take a
     * node out, two good checks bring it back.
     * @returns how many nodes are well: by this check, else by those before
     */
    async checkNodes({ asOf }: { asOf: number }): Promise<{ healthy: number; failing: number }> {
      const now = new Date(asOf);
      const [nodes, calls] = [await orm.em.fork().findAll(Node, WITH_CREDENTIALS), await readNodeCalls(orm, now)];
      const spent = new Map(calls.map((each) => [each.nodeId, each]));
      const isDue = ({ id, checkedAt, ...node }: Node): boolean => {
        const of = spent.get(id);
        const every = of && checkEveryMs(of, of, isSettled(node));
        return every != null && (!checkedAt || asOf - checkedAt.getTime() >= every - EARLY_MS);
      };
      const isWhole = ({ probedAt }: Node) => !probedAt || asOf - probedAt.getTime() >= PROBE_EVERY_MS;
      const due = nodes.filter(isDue);
      const results = await Promise.all(due.map(async (node) => ({ node, result: await check(node, !isWhole(node)) })));
      for (const { node, result } of results) await record(node.id, result, 1, now);
      const unwell = (node: Node) =>
        results.some((each) => each.node === node && !each.result.ok) ||
        (!due.includes(node) && node.health !== 'healthy');
      const failing = nodes.filter(unwell).length;
      return { healthy: nodes.length - failing, failing };
    },
  };

  /** Healthy, and nothing speaks against it. */
  function isSettled({ health, failedChecks, goodChecks }: Pick<Node, 'health' | 'failedChecks' | 'goodChecks'>) {
    return health === 'healthy' && failedChecks === 0 && goodChecks >= GOOD_BEFORE_BACK;
  }

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
