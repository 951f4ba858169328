import { newId } from '#domain/ids.ts';
import type { AccountRequestToAnswer } from '#domain/workflows/workflow-arguments.ts';
import { accountRequestWorkflow, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import { startLater } from '#db/messages/outbox.ts';
import type { Em } from '#db/orm.ts';

/** Of a sign-up: what the customer will be called. */
export interface Applicant {
  name: string;
  company?: string | undefined;
  country: string;
  /** Where he was going, on our pages. */
  next?: string | undefined;
}

export type AccountRequestWish =
  | { kind: 'sign_up'; userKind: 'customer'; email: string; applicant: Applicant; passwordHash: string }
  | { kind: 'password_reset' | 'recovery_code_used'; userKind: 'customer' | 'staff'; email: string };

/** Longer than any link of one is good. */
const KEPT_MS = 2 * 24 * 3_600_000;

/**
 * Writes down who asks, or what happened to an account, and has the owner of the address written to. It is not looked up here whose address it is: the
 * same is done for everybody, so neither answer nor time tells (AUTH-03).
 * @returns id of the request
 */
export async function requestAccount(em: Em, wish: AccountRequestWish, asOf: Date): Promise<string> {
  const id = newId();
  const { kind, userKind, email } = wish;
  const [applicant, passwordHash] =
    wish.kind === 'sign_up' ? [JSON.stringify(wish.applicant), wish.passwordHash] : [null, null];
  await em.execute(
    `insert into account_request (id, kind, user_kind, email, applicant, password_hash, created_at) values (?, ?, ?, ?, ?::jsonb, ?, ?)`,
    [id, kind, userKind, email, applicant, passwordHash, asOf],
  );
  const args = [{ requestId: id } satisfies AccountRequestToAnswer];
  startLater(em, { workflowId: accountRequestWorkflow(id), type: WORKFLOW_TYPES.answerAccountRequest, args }, asOf);
  return id;
}

/** Has a user told that somebody, who may not be him, got in by a recovery code (AUTH-06). */
export const tellOfRecovery = (em: Em, user: { kind: 'customer' | 'staff'; email: string }, asOf: Date) =>
  requestAccount(em, { kind: 'recovery_code_used', userKind: user.kind, email: user.email }, asOf);

/** Forgets requests whose links are over, with the links. @returns how many */
export async function forgetOldRequests(em: Em, asOf: Date): Promise<number> {
  const rows = await em.execute(`delete from account_request where created_at < ? returning 1`, [
    new Date(asOf.getTime() - KEPT_MS),
  ]);
  return rows.length;
}
