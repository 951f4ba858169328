import { isVendorError } from '#activities/http/vendor.ts';
import type { StopReason } from '#domain/workflows/stop.ts';
import type { CheckStep } from './gateway.ts';

/** One step of a check: what it throws is why it failed. */
export async function checkStep(name: string, run: () => Promise<Omit<CheckStep, 'name'>>): Promise<CheckStep> {
  try {
    return { name, ...(await run()) };
  } catch (error) {
    const stop: StopReason = isVendorError(error) ? (error.name as StopReason) : 'Unexpected';
    return { name, ok: false, message: error instanceof Error ? error.message : String(error), stop };
  }
}
