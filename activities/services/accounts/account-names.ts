import { usernameFor } from '#domain/services/username.ts';
import { Service, type OrderWishes } from '#db/entities/index.ts';
import { inTransaction } from '#db/orm.ts';
import { violates } from '#db/violations.ts';
import { noteLeft } from '../former-nodes/orphaned-accounts.ts';
import type { AccountClaim, AccountOutcome, Panel, PanelAccount } from '#activities/panels/panel.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { openInitialPassword } from './service-secrets.ts';

/** What an account is made of on one node, read in one go. */
export interface Wanted {
  orderId: string;
  /** Set once the order was taken back. */
  endedAt: string | null;
  reference: string;
  wishes: OrderWishes;
  plan: string;
  planId: string;
  packageId: string | null;
  email: string;
  name: string;
  company: string | null;
  /** Names, besides the derived ones, that it has or had on this node or is wished to have; none of another service's account. */
  names: string[];
}

interface Account {
  username: string;
  email: string;
  packageId: string;
}

interface Asked {
  /** The name that staff or the customer want; without it names are derived from the service. */
  username: string | undefined;
  packageId: string;
  now: Date;
}

const NAMES_TRIED = 5;

/** Makes a service's account under the first name that is free, always looking first for one that an earlier try made. */
export const createAccountMaker = ({ orm, sealer }: Pick<ActivityParts, 'orm' | 'sealer'>) => {
  /** @returns an account under another name than asked where an earlier try had made one: there is never a second */
  return async function makeAccount(
    panel: Panel,
    service: Service,
    wanted: Wanted,
    { username: asked, packageId, now }: Asked,
  ): Promise<AccountOutcome> {
    if (asked && asked !== service.username) {
      const account = await panel.find(claimOf(service, wanted));
      if (account) return { outcome: 'ready', account, made: false };
    }
    // An earlier run may have had to go on to another name: the one that was sent last comes first.
    const names = asked ? [asked] : [...new Set([service.username!, ...derivedNames(service)])];
    let outcome: AccountOutcome | undefined;
    let { email } = wanted;
    for (const username of names) {
      if (!(await rename(service, username, now))) {
        outcome = { outcome: 'taken', field: 'username', detail: `${username} is the name of another service there` };
        continue;
      }
      outcome = await ensure(panel, service, wanted, { username, email, packageId });
      if (outcome.outcome === 'taken' && outcome.field === 'email' && email === wanted.email) {
        email = subAddress(service, wanted);
        outcome = await ensure(panel, service, wanted, { username, email, packageId });
      }
      if (outcome.outcome === 'ready' || outcome.field === 'email') return outcome;
    }
    return outcome!;
  };

  function ensure(panel: Panel, service: Service, wanted: Wanted, account: Account): Promise<AccountOutcome> {
    const claim = claimOf(service, wanted);
    return panel.ensureAccount({
      ...claim,
      ...account,
      otherUsernames: [claim.username, ...(claim.otherUsernames ?? [])],
      otherEmails: [wanted.email, subAddress(service, wanted)],
      fullName: wanted.name,
      company: wanted.company ?? undefined,
      initialPassword: () => openInitialPassword(orm.em.fork(), sealer, service.id),
    });
  }

  /**
   * Written before the panel is called, so that a lost answer is looked for under the right name.
   * @returns false when another service of ours has the name on this node
   * @throws Error when the service has gone on to another node meanwhile
   */
  async function rename(service: Service, username: string, now: Date): Promise<boolean> {
    if (service.username === username) return true;
    try {
      await inTransaction(orm, async (em) => {
        if (!derivedNames(service).includes(service.username!)) await noteLeft(em, service, now);
        const renamed = await em.nativeUpdate(Service, { id: service.id, nodeId: service.nodeId }, { username });
        if (renamed === 0) throw new Error(`Service ${service.reference} was moved meanwhile; its name stays.`);
      });
    } catch (error) {
      if (violates(error, 'service_username')) return false;
      throw error;
    }
    service.username = username;
    return true;
  }
};

export const derivedNames = ({ id }: Pick<Service, 'id'>): string[] =>
  Array.from({ length: NAMES_TRIED }, (_, i) => usernameFor(id, i));

/** Under what an earlier try may have made the account: any name the service has had or could get, either address. */
export function claimOf(service: Service, wanted: Wanted): AccountClaim & { customerId: string } {
  const [username, ...otherUsernames] = [...derivedNames(service), ...wanted.names] as [string, ...string[]];
  const { email } = wanted;
  const of = { serviceId: service.id, customerId: service.customerId };
  return { ...of, username, otherUsernames, email, otherEmails: [subAddress(service, wanted)] };
}

/**
 * Whether an account that was there already is one a try of ours made, whose answer was lost: it carries our service,
 * or, where the panel does not tell, a name that only this service has. One under a name that staff chose may be theirs.
 */
export const isOurs = (service: Service, account: Pick<PanelAccount, 'serviceId' | 'username'>): boolean =>
  account.serviceId ? account.serviceId === service.id : derivedNames(service).includes(account.username.toLowerCase());

/** Whether nothing speaks against an account being the service's: neither the service it carries nor its name. */
export const mayBeOf = (service: Service, { names }: Wanted, account: PanelAccount): boolean =>
  account.serviceId
    ? account.serviceId === service.id
    : [...derivedNames(service), ...names].includes(account.username.toLowerCase());

/**
 * Panels want an address once, so a customer's second account gets a sub-address of the same mailbox:
 * `ines@example.org` for S-7K2M9-QXVB3 → `ines+s7k2m9qxvb3@example.org`
 */
function subAddress({ reference }: Service, { email }: Wanted): string {
  const [local, domain] = email.split('@') as [string, string];
  return `${local.split('+')[0]}+${reference.toLowerCase().replaceAll('-', '')}@${domain}`;
}
