import { audit } from '#db/audit/entry.ts';
import { change, makeChange, query, queryOne, statement } from '#db/statements.ts';
import type { PanelAccount } from '#activities/panels/panel.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { at } from '#activities/where.ts';
import { claimOf, isOurs, mayBeOf } from './account-claim.ts';
import type { ServiceOnNode } from './service-on-node.ts';

/** `unsure`: there is one that may be the service's, and the panel does not tell for which service it was made. */
export type Deletion = 'gone' | 'theirs' | 'unsure';

const READ_NODE = statement<{ nodeId: string | null }>(
  'read_node_of_service',
  'select node_id as "nodeId" from service where id = $serviceId',
);
/** The service, if it is on that node, has no account there any more. */
const FORGET = statement(
  'forget_account',
  'update service set external_id = null where id = $serviceId and node_id = $nodeId',
);
const FORGET_DELETED = change(
  'forget_deleted_account',
  `with forgotten as (
     update service set external_id = null where id = $serviceId and node_id = $nodeId
   ), changed as (select 1 as deleted)`,
);

/** Deletes a service's account on one node if we made it, under whatever name and address a try has done so. */
export const createAccountDeleter = ({ orm }: Pick<ActivityParts, 'orm'>) => {
  return async function deleteOnNode(onNode: ServiceOnNode, now: Date): Promise<Deletion> {
    const { service, node, panel } = onNode;
    const where = { nodeId: node.id, adapter: node.panel };
    const ids = { serviceId: service.id, nodeId: node.id };
    const found = await at(where, () => look(onNode));
    if (found === 'unsure') return 'unsure';
    if (!found) {
      if (service.externalId) await query(orm, FORGET, ids);
      return 'gone';
    }
    const isRecorded = found.externalId === service.externalId;
    if (!isOurs(service, found) && !(isRecorded && service.madeByUs)) return found.serviceId ? 'theirs' : 'unsure';
    const { externalId, username } = found;
    await assertNotMoved(onNode);
    await at(where, () => panel.ensureDeleted({ externalId, serviceId: service.id, username }));
    await makeChange(orm, FORGET_DELETED, ids, (rows) =>
      audit(rows, {
        at: now,
        actor: { type: 'workflow' },
        action: 'service.account_deleted',
        object: { type: 'service', id: service.id },
        customerId: service.customerId,
        after: { node: node.name, username },
      }),
    );
    return 'gone';
  };

  /** The service may have come to the node, or left it, while the panel was asked: it is another account then. */
  async function assertNotMoved({ service, node }: ServiceOnNode): Promise<void> {
    const current = await queryOne(orm, READ_NODE, { serviceId: service.id });
    if (current?.nodeId !== service.nodeId) {
      throw new Error(`Service ${service.reference} was moved meanwhile; nothing was deleted on ${node.name}.`);
    }
  }

  /** The account we have noted, or else what an earlier try may have made. */
  async function look({ service, panel, spec }: ServiceOnNode): Promise<PanelAccount | 'unsure' | null> {
    const { externalId } = service;
    const noted = externalId ? await panel.find({ externalId }) : null;
    if (noted && mayBeOf(service, spec, noted)) return noted;
    const made = await panel.find(claimOf(service, spec));
    // Whoever has renamed it, the panel's id is still the one it gave us.
    return made ?? (noted && !noted.serviceId ? 'unsure' : null);
  }
};
