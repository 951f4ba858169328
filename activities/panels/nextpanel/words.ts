/** NextPanel's refusals in plain words for staff, with what to do. Source: nextpanel.md A3 and A6. */
import { z } from 'zod';
import { excerpt, hide, VendorRefused, VendorUnauthorized } from '#activities/http/vendor.ts';

/** Statuses that NextPanel explains in its body; the others are `vendor.ts`'s to judge. */
export const EXPLAINED = [400, 401, 403, 404, 405, 409, 422] as const;

const ErrorBody = z.object({
  detail: z.union([
    z.string(),
    z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])).catch([]), msg: z.string().catch('') })),
  ]),
});

/** The panel's own words. Of a list of fields only where and what: its `input` is our request, password included. */
export function detailOf(data: unknown, secrets: readonly string[] = []): string {
  const body = ErrorBody.safeParse(data);
  if (!body.success) return hide(secrets, excerpt(data ?? ''));
  const { detail } = body.data;
  const text =
    typeof detail === 'string' ? detail : detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ');
  return hide(secrets, excerpt(text));
}

/** True when the panel says that a name or an address belongs to an account already. */
export const saysTaken = (status: number, detail: string) =>
  (status === 400 || status === 409) && /already (exists|registered|taken|in use)|not unique|is taken/i.test(detail);

/** True when the panel says that things are as we want them. */
export const saysAlready = (status: number, detail: string) =>
  (status === 400 || status === 409) && /already|not suspended/i.test(detail);

/** What staff can do about it. `ourAddress`: the address we call from, where the operator told it. */
export function remedy(status: number, detail: string, ourAddress?: string): string {
  if (status === 401 || /revoked|expired/i.test(detail)) {
    return /revoked|expired/i.test(detail)
      ? 'The API key stored for this server no longer counts. Make a new one on the panel, enter it, then retry.'
      : 'The API key or secret stored for this server is wrong. Enter the right pair, then retry.';
  }
  if (status === 403 && /ip address/i.test(detail)) {
    const us = ourAddress ? `our address ${ourAddress}` : 'the address this installation calls from';
    return `The panel does not let us in from here. Add ${us} to the allowed IPs of the API key, then retry.`;
  }
  if (status === 403) {
    return (
      'The permission level of the API key is too low. Give it BILLING with the account and user scopes; where that is not ' +
      'enough, SUPER_ADMIN. The panel may need a restart before it counts. Then retry.'
    );
  }
  if (status === 404 || status === 405) {
    return "The panel has no such account or function. Check the account's id and the server's base URL, then retry.";
  }
  if (status === 422) return "Correct the package or the customer's data, then retry.";
  return 'Fix the cause, then retry.';
}

/** The error for a refusal that the caller has no use for: credentials and rights apart from all else. */
export function refusal(problem: string, status: number, detail: string, ourAddress?: string): Error {
  const message = `${problem}: ${status} ${detail}. ${remedy(status, detail, ourAddress)}`;
  return status === 401 || status === 403 ? new VendorUnauthorized(message) : new VendorRefused(message);
}
