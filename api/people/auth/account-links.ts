import { newId, reference } from '#domain/ids.ts';
import type { AccountLinkPurpose } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { Applicant } from './account-requests.ts';
import { endSessions } from './sessions.ts';
import { tokenHash } from './tokens.ts';

/** A link from a mail about an account that is still good. */
export interface AccountLink {
  tokenId: string;
  purpose: AccountLinkPurpose;
  kind: 'customer' | 'staff';
  email: string;
  /** Whose password it sets; of `password_reset`. */
  userId: string | null;
  /** Who gets a way into the portal; of `invitation`. */
  customerId: string | null;
  name: string | null;
  /** Who signs up; of `confirm_address`. */
  applicant: Applicant | null;
  /** Of the password that was chosen while signing up. */
  passwordHash: string | null;
}

/**
 * @param lock  holds the link until the transaction ends
 * @returns nothing for a link that is unknown, used or expired
 */
export async function findAccountLink(
  em: Em,
  token: string,
  asOf: Date,
  lock = false,
): Promise<AccountLink | undefined> {
  const [link] = await em.execute<AccountLink[]>(
    `select t.id as "tokenId", t.purpose, coalesce(u.kind, 'customer') as kind, coalesce(u.email, c.email, r.email) as email,
       u.id as "userId", c.id as "customerId", c.name, r.applicant, r.password_hash as "passwordHash"
     from one_time_token t left join user_account u on u.id = t.user_id and u.disabled_at is null
     left join customer c on c.id = t.invited_customer_id left join account_request r on r.id = t.request_id
     where t.token_hash = ? and t.purpose in ('confirm_address', 'password_reset', 'invitation') and t.used_at is null
       and t.expires_at > ? and (t.purpose <> 'password_reset' or u.id is not null)
     ${lock ? 'for update of t' : ''}`,
    [tokenHash(token), asOf],
  );
  return link;
}

/** A customer and his user, out of what he signed up with. @returns nothing when the address is a customer's meanwhile */
export async function confirmAddress(em: Em, link: AccountLink, asOf: Date): Promise<JoinedUser | undefined> {
  const { email, applicant, passwordHash } = link;
  const { name, company, country } = applicant!;
  const id = newId();
  const made = await em.execute(
    `insert into customer (id, reference, email, name, company, country, created_at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict do nothing returning id`,
    [id, reference('C', id), email, name, company ?? null, country, asOf],
  );
  if (made.length === 0) return undefined;
  return addUser(em, { customerId: id, email, name, passwordHash: passwordHash! }, asOf);
}

/** A user for a customer whom staff sold to. @returns nothing when he has one meanwhile */
export const acceptInvitation = (
  em: Em,
  { customerId, email, name }: AccountLink,
  passwordHash: string,
  asOf: Date,
): Promise<JoinedUser | undefined> => addUser(em, { customerId: customerId!, email, name: name!, passwordHash }, asOf);

/** Sets the password, and ends what was begun with the old one: sessions, and other links. */
export async function resetPassword(
  em: Em,
  { userId }: AccountLink,
  passwordHash: string,
  asOf: Date,
): Promise<JoinedUser> {
  const [user] = await em.execute<JoinedUser[]>(
    `update user_account set password_hash = ?, email_confirmed_at = coalesce(email_confirmed_at, ?) where id = ?
     returning id as "userId", customer_id as "customerId"`,
    [passwordHash, asOf, userId],
  );
  await endSessions(em, userId!, asOf);
  await voidResetLinks(em, userId!, asOf);
  return user!;
}

/** The link is used, and with it every other that was mailed for the same. */
export async function useLink(em: Em, { tokenId, email, purpose, customerId }: AccountLink, asOf: Date): Promise<void> {
  await em.execute(
    `update one_time_token t set used_at = ? where t.used_at is null and (t.id = ? or t.invited_customer_id = ?
       or ? = 'confirm_address' and t.request_id in (select id from account_request where lower(email) = lower(?)))`,
    [asOf, tokenId, customerId, purpose, email],
  );
}

/** A password that was changed takes the links to change it with it (AUTH-11). */
export async function voidResetLinks(em: Em, userId: string, asOf: Date): Promise<void> {
  await em.execute(`update one_time_token set used_at = ? where user_id = ? and used_at is null`, [asOf, userId]);
}

export interface JoinedUser {
  userId: string;
  /** Null of staff. */
  customerId: string | null;
}

async function addUser(
  em: Em,
  { customerId, email, name, passwordHash }: { customerId: string; email: string; name: string; passwordHash: string },
  asOf: Date,
): Promise<JoinedUser | undefined> {
  const [user] = await em.execute<JoinedUser[]>(
    `insert into user_account (id, kind, customer_id, email, name, password_hash, email_confirmed_at, created_at)
     select ?, 'customer', c.id, ?, ?, ?, ?, ? from customer c
     where c.id = ? and not exists (select from user_account u where u.customer_id = c.id)
     on conflict do nothing returning id as "userId", customer_id as "customerId"`,
    [newId(), email, name, passwordHash, asOf, asOf, customerId],
  );
  return user;
}
