import { ActivityFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { AccountMailActivities } from '#activities/mail/account-mails.ts';
import type { AccountAnswer } from '#domain/people/account-answer.ts';
import type { AccountRequestToAnswer } from '#domain/workflows/workflow-arguments.ts';
import { accountMail } from '../parking/retries.ts';

/**
 * Mails the owner of an address what he needs to sign up or to get in again. Started by the outbox as
 * `account/<request>` in the wake of the request. Where no mail server takes it within minutes it is given up: whoever
 * waits for the mail asks again, and an address that does not exist is nothing for staff.
 */
export async function answerAccountRequest({ requestId }: AccountRequestToAnswer): Promise<AccountAnswer | 'not_sent'> {
  const { answerAccountRequest: answer } = proxyActivities<AccountMailActivities>(accountMail);
  try {
    return await answer({ requestId, asOf: Date.now() });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return 'not_sent';
  }
}
