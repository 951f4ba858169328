import { SIGNALS } from '#domain/workflows/workflow-ids.ts';

/**
 * What may be said to a workflow, shared with those who say it. Signals are facts and carry row ids;
 * updates are orders and answer. Names are on the wire: renaming one breaks running workflows.
 */

/** What a person decides about a parked step. */
export type Decision =
  | { action: 'retry'; input?: RetryInput }
  /** Only where the step says what skipping means. */
  | { action: 'skip'; note: string }
  /** Undoes the order: refund, license revoked, account deleted if it was ours, slot released. */
  | { action: 'abort'; note: string };

/** What a retry may change; each step names the fields it takes. */
export interface RetryInput {
  nodeId?: string;
  packageId?: string;
  username?: string;
}

export interface ResolveCommand {
  /** Id of the incident row. */
  incident: string;
  /** Who decides: a staff user's id or name. */
  actor: string;
  decision: Decision;
}

export const MESSAGES = {
  ...SIGNALS,
  /** Update. Argument: ResolveCommand; answers with a sentence. */
  resolveIncident: 'resolveIncident',
} as const;
