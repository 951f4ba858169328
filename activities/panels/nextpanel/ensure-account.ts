import { VendorRefused } from '#activities/http/vendor.ts';
import type { AccountOutcome, AccountRequest } from '../panel.ts';
import { ACCOUNTS, type NextPanelClient, type NextPanelConfig } from './client.ts';
import { Account, candidates, same, toPanelAccount, whose } from './wire.ts';
import { saysTaken } from './words.ts';

const CREATE_TIMEOUT_MS = 30_000;

/**
 * Ends with exactly one account for the service, however often it is repeated and whatever was lost before: it looks
 * for what an earlier try has left, makes the account only if there is none, and looks again when the panel says that
 * the name is taken. The panel's own uniqueness of names is the last guard. Source: nextpanel.md A5.
 */
export async function ensureAccount(
  { vendor, call, look }: NextPanelClient,
  { node, timeoutMs = CREATE_TIMEOUT_MS }: NextPanelConfig,
  request: AccountRequest,
): Promise<AccountOutcome> {
  const { serviceId, customerId, username, email } = request;
  const packageId = packageNumber(vendor, request);

  const met = async (): Promise<{ outcome: AccountOutcome | null; addressed: boolean }> => {
    const near = candidates(await look(), request);
    const found = whose(near, request);
    const addressed = near.some((account) => account.email !== undefined && same(account.email, email));
    if (!found) return { outcome: null, addressed };
    if ('ours' in found) {
      return { outcome: { outcome: 'ready', account: toPanelAccount(found.ours), made: false }, addressed };
    }
    const detail = `${username} belongs to account ${found.theirs.id} on ${node}`;
    return { outcome: { outcome: 'taken', field: 'username', detail }, addressed };
  };

  const before = await met();
  if (before.outcome) return before.outcome;
  const password = await request.initialPassword();
  const answer = await call(`make account ${username}`, ACCOUNTS, {
    method: 'POST',
    timeoutMs,
    conceal: [password],
    reply: Account.partial({ username: true }),
    body: {
      username,
      email,
      password,
      full_name: request.fullName,
      phone: null,
      company: request.company ?? null,
      package_id: packageId,
      is_admin: false,
      billing_id: customerId,
      metadata: { created_from: 'billing', billing_service_id: serviceId, account_type: 'panel' },
    },
  });
  if (answer.ok) {
    const made = { ...answer.data, username: answer.data.username ?? username, email: answer.data.email ?? email };
    return { outcome: 'ready', account: { ...toPanelAccount(made), serviceId }, made: true };
  }
  if (!saysTaken(answer.status, answer.detail)) throw answer.refuse();
  // It may be our own, finished by an earlier try after we looked.
  const after = await met();
  if (after.outcome) return after.outcome;
  const field = after.addressed || /e-?mail/i.test(answer.detail) ? 'email' : 'username';
  return { outcome: 'taken', field, detail: `${answer.detail} on ${node}` };
}

/** @throws VendorRefused when the plan names no package of this panel: never provision with null (nextpanel.md A10) */
function packageNumber(vendor: string, { packageId, serviceId }: AccountRequest): number {
  if (/^\d{1,9}$/.test(packageId)) return Number(packageId);
  throw new VendorRefused(
    `${vendor} cannot make the account of service ${serviceId}: "${packageId}" is not one of its packages, which have ` +
      'numbers. Map the plan to a package of this server, then retry.',
  );
}
