import type { BrokenOff, Executions } from '../desk/executions.ts';

/** A Temporal in which everything runs but what a test says. */
export const fakeExecutions = (broken: readonly BrokenOff[] = [], running: readonly string[] = []): Executions => ({
  running: async () => new Set(running),
  listBrokenOff: async () => broken.filter(({ how }) => how !== 'lost').map(({ workflowId }) => workflowId),
  brokenOff: async (id) => broken.find(({ workflowId }) => workflowId === id) ?? null,
});
