import { Payment, Refund } from '#db/entities/index.ts';
import { type Em, inTransaction } from '#db/orm.ts';
import { refundOf } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import type { InboxRow } from '../payments/inbox-rows.ts';
import { recordRefund, requestOf } from './refund-books.ts';
import { openTask } from '#db/desk/tasks.ts';
import { vendorLabel } from '#domain/vendors.ts';
import { atGateway } from '#activities/where.ts';

/**
 * Takes in what a gateway reports of refunds and disputes: a refund of ours is looked at and follows what it has come
 * to; one made at the gateway, and every dispute, is a task for staff.
 */
export async function noteFact(
  { orm, gateways, settings }: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>,
  row: InboxRow,
  asOf: Date,
): Promise<void> {
  const em = orm.em.fork();
  const { gateway, account } = row;
  const payment = row.gatewayPaymentId
    ? await em.findOne(Payment, { gateway, account, gatewayPaymentId: row.gatewayPaymentId })
    : null;
  if (row.subject === 'refund' && payment && (await followOurs(em, payment))) return;
  await inTransaction(orm, async (tx) => staffLook(tx, row, payment, asOf));

  /** @returns whether the event is of a refund of ours, also one that is recorded here for the first time */
  async function followOurs(read: Em, of: Payment): Promise<boolean> {
    let isOurs = false;
    for (const refund of await read.find(Refund, { paymentId: of.id })) {
      const { request } = await requestOf(read, refund, settings.env);
      const wanted = { ...request, gatewayRefundId: row.objectId };
      const tries = await atGateway(gateway, () => gateways.of(gateway).findRefunds(wanted));
      isOurs ||=
        refund.gatewayRefundId === row.objectId ||
        tries.some(({ gatewayRefundId }) => gatewayRefundId === row.objectId);
      const answer = refundOf(tries, request.number);
      if (!answer) continue;
      const seen = { refundId: refund.id, key: refund.key, answer, asOf };
      await inTransaction(orm, (tx) => recordRefund(tx, seen, 'start'));
    }
    return isOurs;
  }
}

function staffLook(em: Em, row: InboxRow, payment: Payment | null, asOf: Date): void {
  const isRefund = row.subject === 'refund';
  const what = isRefund ? 'A refund was made at' : 'A dispute is reported by';
  const of = row.gatewayPaymentId ? ` for ${row.gatewayPaymentId}` : '';
  openTask(
    em,
    {
      key: `${row.subject}/${row.gateway}/${row.objectId}/${row.type}`,
      kind: isRefund ? 'external_refund' : 'dispute',
      text: `${what} ${vendorLabel(row.gateway)}: ${row.type} of ${row.objectId}${of}.`,
      customerId: payment?.customerId,
      paymentId: payment?.id,
    },
    asOf,
  );
}
