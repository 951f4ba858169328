import { query, queryOne, statement, transaction } from '#db/statements.ts';
import { openTask } from '#db/desk/tasks.ts';
import { VendorRefused } from '#activities/http/vendor.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { at } from '#activities/where.ts';
import { mayBeOf } from './account-claim.ts';
import { createServiceReader, type ServiceOnNode } from './service-on-node.ts';
import { openSecret } from './service-secrets.ts';

export interface PasswordToSet {
  serviceId: string;
  secretId: string;
}

const READ_SECRET = statement<{ id: string; sealed: Buffer; createdAt: Date }>(
  'read_service_secret',
  'select id, sealed, created_at as "createdAt" from service_secret where id = $secretId',
);
/** The account has another password now, so the first one goes too. */
const FORGET_SECRETS = statement('forget_service_secrets', 'delete from service_secret where service_id = $serviceId');

export const createPasswordActivities = ({ orm, sealer, panels }: Pick<ActivityParts, 'orm' | 'sealer' | 'panels'>) => {
  const readOnNode = createServiceReader({ orm, panels });
  return {
    /** Sets the password a customer chose; it lies sealed in its row until the panel has it. */
    async setServicePassword({ serviceId, secretId }: PasswordToSet): Promise<{ outcome: 'set' | 'not_possible' }> {
      const onNode = await readOnNode(serviceId);
      const { node, panel, service, spec } = onNode;
      const secret = await queryOne(orm, READ_SECRET, { secretId });
      // Set by an earlier run whose answer was lost.
      if (!secret) return { outcome: 'set' };
      const { externalId } = service;
      if (!panel.setPassword || !externalId) return { outcome: 'not_possible' };
      const password = openSecret(sealer, secret);
      await at({ nodeId: node.id, adapter: node.panel }, async () => {
        const account = await panel.find({ externalId });
        if (!account || !mayBeOf(service, spec, account)) throw await notItsOwn(onNode, secret.createdAt);
        await panel.setPassword!({ externalId }, password);
      });
      await query(orm, FORGET_SECRETS, { serviceId });
      return { outcome: 'set' };
    },
  };

  /** Staff are told of an account that we have noted and that is another's, or gone. @returns what stops the step */
  async function notItsOwn({ service, node, spec: { orderId } }: ServiceOnNode, now: Date): Promise<VendorRefused> {
    const { id, customerId, externalId, reference } = service;
    const text = `${node.name} has no account ${externalId} that is service ${reference}'s. Look at both there; no password was set.`;
    const task = { key: `not-its-own/${id}/${node.id}/${externalId}`, kind: 'account_not_its_own', text } as const;
    await transaction(orm, async (tx) => openTask(tx, { ...task, customerId, orderId }, now));
    return new VendorRefused(text);
  }
};
export type PasswordActivities = ReturnType<typeof createPasswordActivities>;
