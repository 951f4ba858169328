import { civilDate } from '#domain/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import { describeMoney, money } from '#domain/money.ts';
import { Customer, Invoice, Node, Notice, OneTimeToken, Order, OrderLine, Plan, Service } from '#db/entities/index.ts';
import { inTransaction } from '#db/orm.ts';
import { hmacSha256, sha256 } from '#db/seal.ts';
import { paymentReminder, welcomeMail, type MailText } from './mail/templates.ts';
import type { ActivityParts } from './parts.ts';
import { tell } from './story.ts';
import { at } from './where.ts';

const LINK_MS = 7 * 24 * 3_600_000;
const ORDER_WAITS_MS = 7 * 24 * 3_600_000;

export const createMailActivities = ({ orm, mailer, settings }: Pick<ActivityParts, 'orm' | 'mailer' | 'settings'>) => {
  return {
    /** Welcomes the customer with a link to set the panel's password; never with a password. */
    async sendWelcome({
      orderId,
      serviceId,
      asOf,
    }: {
      orderId: string;
      serviceId: string;
      asOf: number;
    }): Promise<void> {
      const em = orm.em.fork();
      const order = await em.findOneOrFail(Order, orderId);
      const service = await em.findOneOrFail(Service, serviceId);
      const line = await em.findOneOrFail(OrderLine, { orderId });
      const plan = await em.findOneOrFail(Plan, line.planId);
      const node = await em.findOneOrFail(Node, service.nodeId!);
      const made = service.externalId !== null;
      await sendOnce({ key: `order/${orderId}/welcome`, kind: 'welcome', order, asOf }, async (customer, noticeId) => {
        const token = await passwordLink(noticeId, serviceId, asOf);
        return welcomeMail({
          name: customer.name,
          plan: plan.name,
          username: made ? (service.username ?? null) : null,
          nodeUrl: node.baseUrl,
          passwordUrl: `${settings.publicUrl}/panel-password/${token}`,
          orderReference: order.reference,
          seller: settings.sellerName,
        });
      });
    },

    /** Reminds of the open payment; each ordinal once. */
    async sendPaymentReminder({
      orderId,
      ordinal,
      asOf,
    }: {
      orderId: string;
      ordinal: number;
      asOf: number;
    }): Promise<void> {
      const em = orm.em.fork();
      const order = await em.findOneOrFail(Order, orderId);
      const invoice = await em.findOneOrFail(Invoice, { orderId, kind: 'initial' });
      if (invoice.status !== 'open') return;
      await sendOnce(
        { key: `order/${orderId}/reminder/${ordinal}`, kind: 'payment_reminder', order, asOf },
        async (customer) =>
          paymentReminder({
            name: customer.name,
            orderReference: order.reference,
            invoiceNumber: invoice.number!,
            amount: describeMoney(
              money(invoice.totalMinor - invoice.paidMinor - invoice.creditedMinor, invoice.currency),
            ),
            orderUrl: `${settings.publicUrl}/orders/${orderId}`,
            endsOn: civilDate(new Date(order.placedAt.getTime() + ORDER_WAITS_MS), settings.billingZone),
            seller: settings.sellerName,
          }),
      );
    },
  };

  /**
   * One notice, one mail: its row is committed first and gives the Message-ID, so the only repeat possible, between
   * the mail server's answer and our record of it, carries the same id.
   */
  async function sendOnce(
    { key, kind, order, asOf }: { key: string; kind: string; order: Order; asOf: number },
    write: (customer: Customer, noticeId: string) => Promise<MailText>,
  ): Promise<void> {
    const now = new Date(asOf);
    const customer = await orm.em.fork().findOneOrFail(Customer, order.customerId);
    const notice = await inTransaction(orm, async (em) => {
      const there = await em.findOne(Notice, { key });
      if (there) return there;
      return em.create(Notice, {
        id: newId(),
        key,
        kind,
        customerId: customer.id,
        orderId: order.id,
        recipient: customer.email,
        subject: '',
        createdAt: now,
      });
    });
    if (notice.sentAt) return;
    const mail = await write(customer, notice.id);
    const { response } = await at({ adapter: 'smtp' }, () =>
      mailer.send({
        messageId: `${notice.id}@${settings.mailDomain}`,
        to: { address: notice.recipient, name: customer.name },
        ...mail,
      }),
    );
    await inTransaction(orm, async (em) => {
      await em.nativeUpdate(Notice, notice.id, {
        sentAt: now,
        subject: mail.subject,
        serverAnswer: response.slice(0, 200),
      });
      await tell(
        em,
        order,
        { key: `mail/${kind}/${notice.id}`, kind: 'mail', text: `Mail sent: ${mail.subject}` },
        now,
      );
    });
  }

  /** A 256-bit one-time link that a repeat of the mail derives again; the database holds only its hash. */
  async function passwordLink(noticeId: string, serviceId: string, asOf: number): Promise<string> {
    const token = hmacSha256(settings.linkKey, `panel_password/${noticeId}`).toString('base64url');
    const tokenHash = sha256(token);
    await inTransaction(orm, async (em) => {
      if (await em.findOne(OneTimeToken, { tokenHash })) return;
      em.create(OneTimeToken, {
        id: newId(),
        purpose: 'panel_password',
        tokenHash,
        serviceId,
        createdAt: new Date(asOf),
        expiresAt: new Date(asOf + LINK_MS),
      });
    });
    return token;
  }
};
export type MailActivities = ReturnType<typeof createMailActivities>;
