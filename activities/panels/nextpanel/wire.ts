/** What we rely on in NextPanel's answers, and nothing more: only `id`, `username` and `email` are certain (nextpanel.md A5). */
import { z } from 'zod';
import type { AccountClaim, PanelAccount } from '../panel.ts';

/** Characters of a name; what is longer is not one. */
const WORD = 255;

/** A field that some panels leave out or type differently. */
const lenient = <T extends z.ZodType>(shape: T) => shape.optional().catch(undefined);

export const Account = z.object({
  id: z.int(),
  username: z.string().min(1).max(WORD),
  email: lenient(z.string().max(WORD)),
  status: lenient(z.string().max(WORD)),
  is_active: lenient(z.boolean()),
  is_suspended: lenient(z.boolean()),
  /** Null when the panel tells that there is none; absent when it does not tell. */
  billing_id: z.union([z.string(), z.number(), z.null()]).optional().catch(undefined),
  metadata: lenient(z.record(z.string(), z.unknown())),
});
export type Account = z.output<typeof Account>;

/** Rows are read one by one, and only those that matter: a server may have thousands. */
export const AccountList = z.array(z.unknown());

const count = lenient(z.number().nonnegative());
export const Stats = z.object({
  total_domains: count,
  total_databases: count,
  total_email_accounts: count,
  storage_used: count,
  last_login: lenient(z.string()),
});

/** The answer to a change of an account: any object will do. */
export const Changed = z.record(z.string(), z.unknown());

/** The answer to a license hand-over, in words only in the documents: under one of these names it tells which account has it. */
const AccountId = z.union([z.int(), z.string().max(WORD)]).transform(String);
export const Provisioned = z
  .looseObject({
    user_id: AccountId.optional(),
    id: AccountId.optional(),
    nextpanel_account_id: AccountId.optional(),
    username: z.string().max(WORD).optional(),
  })
  .transform(({ user_id: user, id, nextpanel_account_id: account, username }) => ({
    externalId: user ?? account ?? id,
    username,
  }));

export const PackageList = z.array(
  z.object({ id: z.union([z.int(), z.string()]).transform(String), name: z.string().max(WORD).catch('') }),
);

const isGone = ({ status }: Account) => status?.toLowerCase() === 'deleted';

/** The accounts of a list that still exist; rows we cannot read are other people's. */
export const readAccounts = (rows: readonly unknown[]): Account[] =>
  rows.flatMap((row) => {
    const { success, data } = Account.safeParse(row);
    return success && !isGone(data) ? [data] : [];
  });

export const serviceOf = ({ metadata }: Account): string | undefined => {
  const id = metadata?.['billing_service_id'];
  return typeof id === 'string' && id !== '' && id.length <= WORD ? id : undefined;
};

export const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

const usernames = ({ username, otherUsernames = [] }: AccountClaim) => [username, ...otherUsernames];
const emails = ({ email, otherEmails = [] }: AccountClaim) => (email === undefined ? [] : [email, ...otherEmails]);
const among = (text: string, words: readonly string[]) => words.some((word) => same(text, word));

/** Whether an account was made for this service, as far as either side knows what to compare. */
export function isOf(account: Account, claim: AccountClaim): boolean {
  const service = serviceOf(account);
  if (service !== undefined) return service === claim.serviceId;
  const { email, billing_id: customer } = account;
  return (
    among(account.username, usernames(claim)) &&
    (claim.email === undefined || email === undefined || among(email, emails(claim))) &&
    (claim.customerId === undefined || customer === undefined || String(customer) === claim.customerId)
  );
}

/** Whose account the claim meets in a list: the service's own, or somebody else's with the name that it wants. */
export function whose(
  accounts: readonly Account[],
  claim: AccountClaim,
): { ours: Account } | { theirs: Account } | null {
  const ours = accounts.find((account) => isOf(account, claim));
  if (ours) return { ours };
  const theirs = accounts.find(({ username }) => same(username, claim.username));
  return theirs ? { theirs } : null;
}

/** Only the rows that `whose` could choose from, so that a list of thousands is not read field by field. */
export function candidates(rows: readonly unknown[], claim: AccountClaim): Account[] {
  const [names, addresses] = [usernames(claim), emails(claim)];
  return readAccounts(
    rows.filter((row) => {
      const { username: name, email: address, metadata } = (row ?? {}) as Partial<Record<string, unknown>>;
      const service = (metadata as Partial<Record<string, unknown>> | null | undefined)?.['billing_service_id'];
      return (
        service === claim.serviceId ||
        (typeof address === 'string' && among(address, addresses)) ||
        (typeof name === 'string' && among(name, names))
      );
    }),
  );
}

export function toPanelAccount(account: Account): PanelAccount {
  const suspended =
    account.is_suspended ??
    (account.status === undefined ? account.is_active === false : /suspend/i.test(account.status));
  return {
    externalId: String(account.id),
    username: account.username,
    email: account.email ?? '',
    state: suspended ? 'suspended' : 'active',
    serviceId: serviceOf(account),
  };
}
