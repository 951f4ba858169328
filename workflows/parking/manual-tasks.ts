import { proxyActivities } from '@temporalio/workflow';
import type { ManualTask, ManualTaskActivities } from '#activities/services/accounts/manual-tasks.ts';
import { books } from './retries.ts';

/** Leaves to staff what nobody else does on a panel now; a task tells them. */
export const openManualTask = (work: Omit<ManualTask, 'asOf'>): Promise<void> =>
  proxyActivities<ManualTaskActivities>(books).openManualTask({ ...work, asOf: Date.now() });
