import type { AccountLinkPurpose } from '#db/entities/index.ts';
import type { TestDatabase } from '#db/testing/database.ts';
import { newId } from '#domain/ids.ts';
import { newToken, tokenHash } from '../people/auth/tokens.ts';
import type { TestApi } from './harness.ts';

interface BoundTo {
  requestId?: string;
  userId?: string;
  customerId?: string;
}

/** A link as a worker mails it. @returns its token */
export async function mailLink(
  db: TestDatabase,
  purpose: AccountLinkPurpose,
  { requestId, userId, customerId }: BoundTo,
  { at = new Date(), minutes = 30 } = {},
): Promise<string> {
  const token = newToken();
  await db.sql(
    `insert into one_time_token (id, purpose, token_hash, request_id, user_id, invited_customer_id, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [newId(), purpose, tokenHash(token), requestId, userId, customerId, at, new Date(at.getTime() + minutes * 60_000)],
  );
  return token;
}

/** The link that a worker mails for the newest sign-up with this address. */
export async function mailConfirmation(db: TestDatabase, email: string): Promise<string> {
  const [request] = await db.sql<{ id: string }>(
    `select id from account_request where email = $1 order by created_at desc, id desc limit 1`,
    [email],
  );
  return mailLink(db, 'confirm_address', { requestId: request!.id });
}

/** Signs somebody up, who opens the link in the mail. */
export async function signUp(
  api: TestApi,
  db: TestDatabase,
  body: { email: string; password: string; name: string; country: string },
): Promise<void> {
  const asked = await api.ask('POST', '/api/v2/sign-up', { body });
  if (asked.status !== 202) throw new Error(asked.text);
  const token = await mailConfirmation(db, body.email);
  const used = await api.ask('POST', '/api/v2/account-links', { body: { token, password: body.password } });
  if (used.status !== 200) throw new Error(used.text);
}
