import { derivedUsernames } from '#domain/services/username.ts';
import type { AccountClaim, PanelAccount } from '#activities/panels/panel.ts';
import type { AccountSpec, ServiceWithAccount } from './service-on-node.ts';

/** Under what an earlier try may have made the account: any name the service has had or could get, either address. */
export function claimOf(service: ServiceWithAccount, spec: AccountSpec): AccountClaim & { customerId: string } {
  const [username, ...otherUsernames] = [...derivedUsernames(service.id), ...spec.names] as [string, ...string[]];
  const { email } = spec;
  const of = { serviceId: service.id, customerId: service.customerId };
  return { ...of, username, otherUsernames, email, otherEmails: [subAddress(service, spec)] };
}

/**
 * Whether an account that was there already is one a try of ours made, whose answer was lost: it carries our service,
 * or, where the panel does not tell, a name that only this service has. One under a name that staff chose may be theirs.
 */
export const isOurs = (service: { id: string }, account: Pick<PanelAccount, 'serviceId' | 'username'>): boolean =>
  account.serviceId
    ? account.serviceId === service.id
    : derivedUsernames(service.id).includes(account.username.toLowerCase());

/** Whether nothing speaks against an account being the service's: neither the service it carries nor its name. */
export const mayBeOf = (service: { id: string }, { names }: AccountSpec, account: PanelAccount): boolean =>
  account.serviceId
    ? account.serviceId === service.id
    : [...derivedUsernames(service.id), ...names].includes(account.username.toLowerCase());

/**
 * Panels want an address once, so a customer's second account gets a sub-address of the same mailbox:
 * `ines@example.org` for S-7K2M9-QXVB3 → `ines+s7k2m9qxvb3@example.org`
 */
export function subAddress({ reference }: { reference: string }, { email }: { email: string }): string {
  const [local, domain] = email.split('@') as [string, string];
  return `${local.split('+')[0]}+${reference.toLowerCase().replaceAll('-', '')}@${domain}`;
}
