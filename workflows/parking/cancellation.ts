import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs a workflow to an end of its own. A cancellation that somebody asks for in the Temporal UI is a message like any other:
 * it cuts off nothing that is under way, so it leaves no money, account or slot behind.
 * @param asked  what the workflow does about it
 */
export function hearCancellation<T>(asked: () => void, run: () => Promise<T>): Promise<T> {
  CancellationScope.current().cancelRequested.catch(asked);
  return CancellationScope.nonCancellable(run);
}
