import { usernameFor } from '#domain/username.ts';
import { Service, type OrderWishes } from '#db/entities/index.ts';
import { inTransaction } from '#db/orm.ts';
import type { AccountOutcome, Panel } from './panels/panel.ts';
import type { ActivityParts } from './parts.ts';
import { openInitialPassword } from './service-secrets.ts';

/** What an account is made of, read in one go. */
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
}

interface Account {
  username: string;
  email: string;
  packageId: string;
}

const NAMES_TRIED = 5;

/** Makes a service's account under the first name that is free, always looking first for one that an earlier try made. */
export const createAccountMaker = ({ orm, sealer }: Pick<ActivityParts, 'orm' | 'sealer'>) => {
  /**
   * @param asked  the name that staff or the customer want; without it names are derived from the service
   * @returns an account under another name than asked where an earlier try had made one: there is never a second
   */
  return async function makeAccount(
    panel: Panel,
    service: Service,
    wanted: Wanted,
    { asked, packageId }: { asked: string | undefined; packageId: string },
  ): Promise<AccountOutcome> {
    const earlier = asked && asked !== service.username ? await ofEarlierTry(panel, service) : undefined;
    if (earlier) return earlier;
    // An earlier run may have had to go on to another name: the one that was sent last is looked for first.
    const names = asked ? [asked] : [...new Set([service.username!, ...derivedNames(service)])];
    let outcome: AccountOutcome | undefined;
    let email = wanted.email;
    for (const username of names) {
      await rename(service, username);
      outcome = await ensure(panel, service, wanted, { username, email, packageId });
      if (outcome.outcome === 'taken' && outcome.field === 'email' && email === wanted.email) {
        // Panels want an address once; a customer's second account gets a sub-address of the same mailbox.
        email = subAddress(wanted.email, service.reference);
        outcome = await ensure(panel, service, wanted, { username, email, packageId });
      }
      if (outcome.outcome === 'ready' || outcome.field === 'email') return outcome;
    }
    return outcome!;
  };

  async function ofEarlierTry(panel: Panel, service: Service): Promise<AccountOutcome | undefined> {
    const { id: serviceId, username } = service;
    if (!username) return undefined;
    const account = await panel.find({ serviceId, username });
    return account && isOurs(service, account) ? { outcome: 'ready', account, made: false } : undefined;
  }

  function ensure(panel: Panel, service: Service, wanted: Wanted, account: Account): Promise<AccountOutcome> {
    return panel.ensureAccount({
      serviceId: service.id,
      customerId: service.customerId,
      ...account,
      fullName: wanted.name,
      company: wanted.company ?? undefined,
      initialPassword: () => openInitialPassword(orm.em.fork(), sealer, service.id),
    });
  }

  /** Written before the panel is called, so that a lost answer is looked for under the right name. */
  async function rename(service: Service, username: string): Promise<void> {
    if (service.username === username) return;
    await inTransaction(orm, (em) => em.nativeUpdate(Service, service.id, { username }));
    service.username = username;
  }
};

const derivedNames = (service: Service) => Array.from({ length: NAMES_TRIED }, (_, i) => usernameFor(service.id, i));

/**
 * Whether an account that was there already is one a try of ours made, whose answer was lost: it carries our service,
 * or, where the panel does not tell, a name that only this service has. One under a name that staff chose may be theirs.
 */
export const isOurs = (service: Service, account: { serviceId?: string | undefined; username: string }): boolean =>
  account.serviceId ? account.serviceId === service.id : derivedNames(service).includes(account.username);

/** `ines@example.org` for S-7K2M9-QXVB3 → `ines+s7k2m9qxvb3@example.org` */
function subAddress(email: string, serviceReference: string): string {
  const [local, domain] = email.split('@') as [string, string];
  return `${local.split('+')[0]}+${serviceReference.toLowerCase().replaceAll('-', '')}@${domain}`;
}
