/** What staff may be asked to look at although nothing waits for it, and how lists call it. */
export const TASK_KINDS = {
  account_not_its_own: 'Account is not the service’s own',
  account_to_delete: 'Delete an account by hand',
  account_to_make: 'Make an account by hand',
  action_due: 'Action is due',
  dispute: 'Dispute at the gateway',
  duplicate_payment: 'Paid twice',
  external_refund: 'Refund made at the gateway',
  late_money: 'Money for no open invoice',
  lost_workflow: 'Nobody works on it any more',
  lost_checkout: 'Payment page is not found again',
  orphaned_account: 'Orphaned account',
  refund_by_hand: 'Refund by hand',
  refund_kept_as_credit: 'Refund kept as credit',
  refunded_after_all: 'Refunded after all',
  seal_broken: 'Secret that does not open',
  slow_account: 'Account takes long',
  unattended_payment: 'Payment without its workflow',
} as const;
export type TaskKind = keyof typeof TASK_KINDS;

export const taskTitle = (kind: string): string =>
  Object.hasOwn(TASK_KINDS, kind) ? TASK_KINDS[kind as TaskKind] : kind;
