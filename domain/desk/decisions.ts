/** What staff may decide about a parked step, and how pages call it. */
export const DECISION_LABELS = {
  retry: 'Retry',
  skip: 'Skip this step',
  abort: 'Abort and undo',
} as const;

/** What a retry may be given instead of what the step had, by its name in workflows. */
export const RETRY_FIELDS = {
  nodeId: { label: 'Another node', kind: 'node' },
  packageId: { label: 'Another package', kind: 'package' },
  username: { label: 'Another user name', kind: 'username' },
} as const;
export type RetryField = keyof typeof RETRY_FIELDS;

export const isRetryField = (name: string): name is RetryField => Object.hasOwn(RETRY_FIELDS, name);
