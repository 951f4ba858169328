import { describeMoney } from '#domain/money/money.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { Refund } from '#db/entities/index.ts';
import { inTransaction, LOCKED } from '#db/orm.ts';
import { refundOf, type RefundOutcome, type RefundRequest, type RefundTry } from '#activities/gateways/gateway.ts';
import type { ActivityParts } from '#activities/parts.ts';
import { isSent, lockRefund, recordRefund, refundKey, requestOf, tryNumber } from './refund-books.ts';
import { openTask } from '#db/desk/tasks.ts';
import { vendorLabel } from '#domain/vendors.ts';
import { atGateway } from '#activities/where.ts';

export interface RefundToSend {
  refundId: string;
  /** Somebody decided to send one again that the gateway did not carry out. */
  again?: boolean | undefined;
  asOf: number;
}

export const createRefundActivities = ({
  orm,
  gateways,
  settings,
}: Pick<ActivityParts, 'orm' | 'gateways' | 'settings'>) => {
  return {
    /**
     * Sends one requested refund; its row's key makes a repeat the same refund. One that failed is sent again, under a
     * new key, only when somebody decided so: a card that refuses it today refuses it every time.
     */
    async sendRefund({ refundId, again = false, asOf }: RefundToSend): Promise<void | Stop> {
      const refund = await current(refundId, again);
      if (isSent(refund) || refund.status === 'canceled') return;
      const { payment, request } = await requestOf(orm.em.fork(), refund, settings.env);
      const answer = await atGateway(payment.gateway, () =>
        refund.status === 'failed' ? whatItCameTo(request) : gateways.of(payment.gateway).refund(request),
      );
      const seen = { refundId, key: refund.key, answer, asOf: new Date(asOf) };
      const now = await inTransaction(orm, (em) => recordRefund(em, seen, 'park'));
      if (answer.outcome !== 'failed' || now.status !== 'failed') return;
      return {
        stop: 'RefundFailed',
        message: `${vendorLabel(payment.gateway)} did not refund ${describeMoney(request.amount)} of ${payment.gatewayPaymentId}: ${answer.reason}. It is credit of the customer meanwhile: send it again when the cause is gone, or keep it as credit and return it another way.`,
        gateway: payment.gateway,
        adapter: payment.gateway,
      };

      /** It failed, and nobody has decided yet. */
      async function whatItCameTo({ number, ...wanted }: RefundRequest): Promise<RefundOutcome> {
        const found = refundOf(await gateways.of(payment.gateway).findRefunds(wanted), number);
        return found ?? { outcome: 'failed', reason: 'it was refused' };
      }
    },

    /**
     * Staff gave up on a refund: the money stays with the customer as credit, and a task says so. The gateway is looked
     * at first, as a try whose answer was lost may have been carried out.
     */
    async keepAsCredit({ refundId, asOf }: { refundId: string; asOf: number }): Promise<void> {
      const refund = await orm.em.fork().findOneOrFail(Refund, refundId);
      const { payment, request } = await requestOf(orm.em.fork(), refund, settings.env);
      const answer = refundOf(await triesAt(payment.gateway, request), request.number);
      await inTransaction(orm, async (em) => {
        const now = new Date(asOf);
        const row = answer
          ? await recordRefund(em, { refundId, key: refund.key, answer, asOf: now }, 'park')
          : (await lockRefund(em, refundId)).refund;
        if (isSent(row) || row.status === 'canceled') return;
        row.status = 'canceled';
        row.updatedAt = now;
        openTask(
          em,
          {
            key: `refund-kept/${refundId}`,
            kind: 'refund_kept_as_credit',
            text: `${describeMoney(request.amount)} was not refunded and is credit of the customer.`,
            customerId: row.customerId,
            paymentId: row.paymentId,
          },
          now,
        );
      });
    },
  };

  /** The row as it stands; one that failed is opened for its next try if somebody decided so. */
  function current(refundId: string, again: boolean): Promise<Refund> {
    return inTransaction(orm, async (em) => {
      const refund = await em.findOneOrFail(Refund, refundId, LOCKED);
      if (again && refund.status === 'failed') {
        refund.status = 'requested';
        refund.key = refundKey(refundId, tryNumber(refund) + 1);
        refund.gatewayRefundId = null;
      }
      return refund;
    });
  }

  /** Of a gateway that refuses us or is switched off nothing; should the refund be there after all, its event books it. */
  async function triesAt(gateway: string, request: RefundRequest): Promise<RefundTry[]> {
    if (!gateways.has(gateway)) return [];
    try {
      return await atGateway(gateway, () => gateways.of(gateway).findRefunds(request));
    } catch (error) {
      if (['VendorUnauthorized', 'VendorRefused'].includes((error as Error).name)) return [];
      throw error;
    }
  }
};
export type RefundActivities = ReturnType<typeof createRefundActivities>;
