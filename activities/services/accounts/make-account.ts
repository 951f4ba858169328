import { derivedUsernames } from '#domain/services/username.ts';
import { statement, transaction } from '#db/statements.ts';
import { violates } from '#db/violations.ts';
import type { AccountOutcome, Panel } from '#activities/panels/panel.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { recordOrphan } from '../former-nodes/orphaned-accounts.ts';
import { claimOf, subAddress } from './account-claim.ts';
import type { AccountSpec, ServiceOnNode, ServiceWithAccount } from './service-on-node.ts';
import { openSecret } from './service-secrets.ts';

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

const RENAME = statement<{ id: string }>(
  'rename_service',
  'update service set username = $username where id = $serviceId and node_id = $nodeId returning id',
);

/** Makes a service's account under the first name that is free, always looking first for one that an earlier try made. */
export const createAccountMaker = ({ orm, sealer }: Pick<ActivityParts, 'orm' | 'sealer'>) => {
  /** @returns an account under another name than asked where an earlier try had made one: there is never a second */
  return async function makeAccount(
    { panel, service, spec }: ServiceOnNode,
    { username: asked, packageId, now }: Asked,
  ): Promise<AccountOutcome> {
    if (asked && asked !== service.username) {
      const account = await panel.find(claimOf(service, spec));
      if (account) return { outcome: 'ready', account, made: false };
    }
    // An earlier run may have had to go on to another name: the one that was sent last comes first.
    const names = asked ? [asked] : [...new Set([service.username, ...derivedUsernames(service.id)])];
    let outcome: AccountOutcome | undefined;
    let { email } = spec;
    for (const username of names) {
      if (!(await rename(service, username, now))) {
        outcome = { outcome: 'taken', field: 'username', detail: `${username} is the name of another service there` };
        continue;
      }
      outcome = await ensure(panel, service, spec, { username, email, packageId });
      if (outcome.outcome === 'taken' && outcome.field === 'email' && email === spec.email) {
        email = subAddress(service, spec);
        outcome = await ensure(panel, service, spec, { username, email, packageId });
      }
      if (outcome.outcome === 'ready' || outcome.field === 'email') return outcome;
    }
    return outcome!;
  };

  function ensure(
    panel: Panel,
    service: ServiceWithAccount,
    spec: AccountSpec,
    account: Account,
  ): Promise<AccountOutcome> {
    const claim = claimOf(service, spec);
    return panel.ensureAccount({
      ...claim,
      ...account,
      otherUsernames: [claim.username, ...(claim.otherUsernames ?? [])],
      otherEmails: [spec.email, subAddress(service, spec)],
      fullName: spec.name,
      company: spec.company ?? undefined,
      initialPassword: async () => {
        // It was handed over already, and no panel gets a second one.
        if (!spec.initialPassword) throw new Error(`Service ${service.reference} has no first password any more.`);
        return openSecret(sealer, spec.initialPassword);
      },
    });
  }

  /**
   * Written before the panel is called, so that a lost answer is looked for under the right name.
   * @returns false when another service of ours has the name on this node
   * @throws Error when the service has gone on to another node meanwhile
   */
  async function rename(service: ServiceWithAccount, username: string, now: Date): Promise<boolean> {
    if (service.username === username) return true;
    const { id: serviceId, nodeId, reference } = service;
    try {
      await transaction(orm, async (tx) => {
        if (!derivedUsernames(serviceId).includes(service.username)) await recordOrphan(tx, service, now);
        const renamed = await tx.query(RENAME, { serviceId, nodeId, username });
        if (renamed.length === 0) throw new Error(`Service ${reference} was moved meanwhile; its name stays.`);
      });
    } catch (error) {
      if (violates(error, 'service_username')) return false;
      throw error;
    }
    service.username = username;
    return true;
  }
};
