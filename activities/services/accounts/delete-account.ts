import { audit } from '#db/audit/entry.ts';
import { Service } from '#db/entities/index.ts';
import { type Em, inTransaction } from '#db/orm.ts';
import { claimOf, isOurs, mayBeOf } from './account-names.ts';
import type { OnNode } from './service-on-node.ts';
import type { PanelAccount } from '#activities/panels/panel.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { at } from '#activities/where.ts';

/** `unsure`: there is one that may be the service's, and the panel does not tell for which service it was made. */
export type Removal = 'gone' | 'theirs' | 'unsure';

/** Deletes a service's account on one node if we made it, under whatever name and address a try has done so. */
export const createAccountRemoval = ({ orm }: Pick<ActivityParts, 'orm'>) => {
  return async function removeAccount(there: OnNode, now: Date): Promise<Removal> {
    const { service, node, panel } = there;
    const where = { nodeId: node.id, adapter: node.panel };
    const found = await at(where, () => look(there));
    if (found === 'unsure') return 'unsure';
    if (!found) {
      if (service.externalId) await inTransaction(orm, (em) => forget(em, there));
      return 'gone';
    }
    const recorded = found.externalId === service.externalId;
    if (!isOurs(service, found) && !(recorded && service.madeByUs)) return found.serviceId ? 'theirs' : 'unsure';
    const { externalId, username } = found;
    await assertNotMoved(there);
    await at(where, () => panel.ensureDeleted({ externalId, serviceId: service.id, username }));
    await inTransaction(orm, async (em) => {
      await forget(em, there);
      audit(em, {
        at: now,
        actor: { type: 'workflow' },
        action: 'service.account_deleted',
        object: { type: 'service', id: service.id },
        customerId: service.customerId,
        after: { node: node.name, username },
      });
    });
    return 'gone';
  };

  /** The service may have come to the node, or left it, while the panel was asked: it is another account then. */
  async function assertNotMoved({ service, node }: OnNode): Promise<void> {
    const now = await orm.em.fork().findOneOrFail(Service, service.id, { fields: ['nodeId'] });
    if (now.nodeId !== service.nodeId) {
      throw new Error(`Service ${service.reference} was moved meanwhile; nothing was deleted on ${node.name}.`);
    }
  }

  /** The account we have noted, or else what an earlier try may have made. */
  async function look({ service, panel, wanted }: OnNode): Promise<PanelAccount | 'unsure' | null> {
    const { externalId } = service;
    const noted = externalId ? await panel.find({ externalId }) : null;
    if (noted && mayBeOf(service, wanted, noted)) return noted;
    const made = await panel.find(claimOf(service, wanted));
    // Whoever has renamed it, the panel's id is still the one it gave us.
    return made ?? (noted && !noted.serviceId ? 'unsure' : null);
  }
};

/** The service, if it is on that node, has no account there any more. */
async function forget(em: Em, { service, node }: OnNode): Promise<void> {
  await em.nativeUpdate(Service, { id: service.id, nodeId: node.id }, { externalId: null });
}
