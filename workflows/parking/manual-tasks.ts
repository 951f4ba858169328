import { proxyActivities } from '@temporalio/workflow';
import type { WorkForStaff } from '#activities/services/former-nodes/clean-up.ts';
import type { ProvisioningActivities } from '#activities/services/accounts/ensure-account.ts';
import { books } from './retries.ts';

/** Leaves to staff what nobody else does on a panel now; a task tells them. */
export const handToStaff = (work: Omit<WorkForStaff, 'asOf'>): Promise<void> =>
  proxyActivities<ProvisioningActivities>(books).handToStaff({ ...work, asOf: Date.now() });
