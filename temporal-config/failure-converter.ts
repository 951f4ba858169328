import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Messages and stacks of failures travel as encrypted payloads too; only types stay readable, so they are words that
 * explain themselves. The export's name is what the SDK looks for. Source: temporal.md 5.3.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
