import { addNodeCalls, forgetNodeCalls, readNodeCalls, type NodeCalls } from '#db/nodes/calls-spent.ts';
import type { Orm } from '#db/orm.ts';
import { callsLeft } from '#domain/services/panel-budget.ts';

export interface CallCounter {
  /** One call that reached the panel of a node. */
  count(nodeId: string, isCheck: boolean): void;
  /** How much the node may be asked now; undefined before it is known. */
  left(nodeId: string): { left: number; budget: NodeCalls } | undefined;
  /** Writes what was counted since, and reads what other workers did. */
  flush(): Promise<void>;
}

/**
 * Counts the calls of this worker and knows those of all: written and read in one go, as a row per call would cost more
 * than most calls. So it is behind by as long as lies between two flushes.
 * @param clock  by which the panels count
 */
export function createCallCounter(orm: Orm, clock: () => Date): CallCounter {
  let unwritten = new Map<string, { calls: number; checks: number }>();
  let known = new Map<string, NodeCalls>();
  const add = (nodeId: string, calls: number, checks: number) => {
    const before = unwritten.get(nodeId) ?? { calls: 0, checks: 0 };
    unwritten.set(nodeId, { calls: before.calls + calls, checks: before.checks + checks });
  };
  return {
    count: (nodeId, isCheck) => add(nodeId, 1, isCheck ? 1 : 0),
    left(nodeId) {
      const budget = known.get(nodeId);
      if (!budget) return undefined;
      const { calls = 0 } = unwritten.get(nodeId) ?? {};
      return { left: callsLeft(budget, { ...budget, hour: budget.hour + calls, day: budget.day + calls }), budget };
    },
    async flush() {
      const at = clock();
      const writing = unwritten;
      unwritten = new Map();
      for (const [nodeId, { calls, checks }] of writing) {
        try {
          await addNodeCalls(orm, { nodeId, calls, checks }, at);
          writing.delete(nodeId);
        } catch (error) {
          for (const [id, kept] of writing) add(id, kept.calls, kept.checks);
          throw error;
        }
      }
      await forgetNodeCalls(orm, at);
      known = new Map((await readNodeCalls(orm, at)).map((each) => [each.nodeId, each]));
    },
  };
}
