import { orderEnded, type Stop } from '#domain/workflows/stop.ts';
import { audit } from '#db/audit/entry.ts';
import { licenseKeyPlace } from '#db/licenses/license-keys.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { change, makeChange, query, statement, transaction } from '#db/statements.ts';
import { violates } from '#db/violations.ts';
import type { AccountOutcome, PanelAccount } from '#activities/panels/panel.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { at } from '#activities/where.ts';
import { createCleanUpActivities } from '../former-nodes/clean-up.ts';
import { recordOrphan } from '../former-nodes/orphaned-accounts.ts';
import { isOurs } from './account-claim.ts';
import { createAccountMaker } from './make-account.ts';
import { createManualTaskActivities } from './manual-tasks.ts';
import { createServiceReader, type ServiceOnNode } from './service-on-node.ts';

export interface AccountToEnsure {
  serviceId: string;
  /** Staff named them. */
  username?: string | undefined;
  packageId?: string | undefined;
  asOf: number;
}

const RECORD_ACCOUNT = change<{ id: string }>(
  'record_account',
  `with changed as (
     update service set external_id = $externalId, username = $username, made_by_us = $madeByUs
     where id = $serviceId and node_id = $nodeId and status not in ('canceled', 'terminated') returning id
   )`,
);
const LEAVE_ROTATION = statement(
  'leave_rotation',
  `update node set health = 'failing', good_checks = 0 where id = $nodeId`,
);

export const createAccountActivities = ({ orm, sealer, panels }: Pick<ActivityParts, 'orm' | 'sealer' | 'panels'>) => {
  const makeAccount = createAccountMaker({ orm, sealer });
  const readOnNode = createServiceReader({ orm, panels });
  const { cleanUpFormerNodes } = createCleanUpActivities({ orm, panels });
  const { openManualTask } = createManualTaskActivities({ orm, panels });
  return {
    /**
     * Makes the account on the service's node, or finds the one an earlier try made: its name was written before the
     * panel was called. The license is handed over where the panel takes it.
     */
    async ensureAccount(wish: AccountToEnsure): Promise<'ready' | Stop> {
      const onNode = await readOnNode(wish.serviceId);
      const { node, panel, spec } = onNode;
      const where = { nodeId: node.id, adapter: node.panel };
      if (spec.endedAt) return orderEnded(spec);
      const packageId = wish.packageId ?? spec.packageId;
      if (!packageId) {
        const message = `${node.name} has no package for the plan ${spec.plan}. Name it, or retry with \`packageId\`.`;
        return { stop: 'PackageMissing', message, ...where };
      }
      const now = new Date(wish.asOf);
      const username = wish.username ?? spec.wishes.username;
      try {
        const outcome = await at(where, () => makeAccount(onNode, { username, packageId, now }));
        const taken = (detail: string): Stop => {
          const message = `${node.name}: ${detail}. Retry with another \`username\`, or with \`nodeId\` on another node.`;
          return { stop: 'NameTaken', message, ...where };
        };
        if (outcome.outcome === 'taken') return taken(outcome.detail);
        const recorded = await recordAccount(onNode, outcome, now);
        if (recorded === 'taken') {
          return taken(`the account ${outcome.account.username} there is that of another service`);
        }
        if (recorded === 'late') return await takeBack(onNode, wish.asOf);
        if (panel.handOverLicense) await at(where, () => handOverLicense(onNode, outcome.account));
        return 'ready';
      } catch (error) {
        // Refused credentials stop the whole node, not this order: nothing new is placed there until a check passes.
        if (error instanceof Error && error.name === 'VendorUnauthorized')
          await query(orm, LEAVE_ROTATION, { nodeId: node.id });
        throw error;
      }
    },
  };

  /**
   * @returns `taken` when another service of ours has that account, or its name, on the node; `late` when the service
   * has gone on to another node meanwhile, or ended: then what the panel made is recorded as orphaned there
   */
  async function recordAccount(
    { service, node, spec: { orderId } }: ServiceOnNode,
    { account, made }: Extract<AccountOutcome, { outcome: 'ready' }>,
    now: Date,
  ): Promise<'recorded' | 'taken' | 'late'> {
    if (service.externalId === account.externalId) return 'recorded';
    const { id: serviceId, customerId } = service;
    const { externalId, username } = account;
    const madeByUs = made || isOurs(service, account);
    const facts = { serviceId, nodeId: node.id, externalId, username, madeByUs };
    try {
      const recorded = await makeChange(orm, RECORD_ACCOUNT, facts, (rows) => {
        const text = `Account ${username} made on ${node.name}`;
        addOrderEvent(rows, { id: orderId, customerId }, { key: `account/${node.id}`, kind: 'account', text }, now);
        audit(rows, {
          at: now,
          actor: { type: 'workflow', id: `order/${orderId}` },
          action: madeByUs ? 'service.account_made' : 'service.account_adopted',
          object: { type: 'service', id: serviceId },
          customerId,
          after: { node: node.name, username, externalId },
        });
      });
      if (recorded.length > 0) return 'recorded';
      await transaction(orm, (tx) => recordOrphan(tx, { ...facts, id: serviceId }, now));
      return 'late';
    } catch (error) {
      if (violates(error, 'service_username', 'service_node_id_external_id_key')) return 'taken';
      throw error;
    }
  }

  /**
   * The panel's answer came late: what it made there is deleted, or staff are told.
   * @throws Error always, so that a try that somebody still waits for begins anew
   */
  async function takeBack(
    { service: { id: serviceId, reference }, node }: ServiceOnNode,
    asOf: number,
  ): Promise<never> {
    const because = `${node.name} answered when service ${reference} was there no more`;
    await cleanUpFormerNodes({ serviceId, asOf }).catch(() =>
      openManualTask({ serviceId, what: 'look', because, asOf }),
    );
    throw new Error(`${because}; what it made there was taken back.`);
  }

  /** To the account as the panel has it, whose address may be another than the customer's: panels want each once. */
  async function handOverLicense({ panel, spec }: ServiceOnNode, account: PanelAccount): Promise<void> {
    const { license, plan } = spec;
    const licenseKey = sealer.open(license.sealed, licenseKeyPlace(license.id));
    await panel.handOverLicense!({ licenseKey, account, plan, quotas: license.quotas });
  }
};
export type AccountActivities = ReturnType<typeof createAccountActivities>;
