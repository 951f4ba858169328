import { describeInstant } from '#domain/calendar/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import { describeMoney, money } from '#domain/money/money.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { queryOne, statement } from '#db/statements.ts';
import type { ActivityParts } from '../parts.ts';
import { createNoticeSender, type Notice, type NoticeLink } from './send-notice.ts';
import type { MailText } from './templates/compose.ts';
import { paymentReminder, welcomeMail } from './templates/orders.ts';

const DAY_MS = 24 * 3_600_000;
const LINK_MS = 7 * DAY_MS;
const ORDER_WAITS_MS = 7 * DAY_MS;

/** Who a mail about an order is for, and the notice of it, if an earlier run has written one. */
interface Addressee {
  customerId: string;
  email: string;
  name: string;
  orderReference: string;
  placedAt: Date;
  noticeId: string | null;
  sentAt: Date | null;
}
const ADDRESSEE = `o.customer_id as "customerId", c.email, c.name, o.reference as "orderReference", o.placed_at as "placedAt",
     t.id as "noticeId", t.sent_at as "sentAt"`;
const OF_ORDER = `"order" o join customer c on c.id = o.customer_id left join notice t on t.key = $key`;

const READ_WELCOME = statement<
  Addressee & { plan: string; username: string | null; panelUrl: string | null; hasPortal: boolean }
>(
  'read_welcome',
  `select ${ADDRESSEE}, p.name as plan, case when v.external_id is not null then v.username end as username, n.public_url as "panelUrl",
     exists (select from user_account u where u.customer_id = c.id) as "hasPortal"
   from ${OF_ORDER} join service v on v.id = $serviceId join subscription s on s.id = v.subscription_id
   join plan p on p.id = s.plan_id join node n on n.id = v.node_id where o.id = $orderId`,
);
const READ_REMINDER = statement<
  Addressee & { number: string | null; dueMinor: number | null; currency: string | null }
>(
  'read_payment_reminder',
  `select ${ADDRESSEE}, i.number, i.due_minor as "dueMinor", i.currency
   from ${OF_ORDER} left join invoice i on i.order_id = o.id and i.kind = 'initial' and i.status = 'open'
     and not exists (select from payment_attempt a where a.invoice_id = i.id and a.status = 'processing')
   where o.id = $orderId`,
);

export const createMailActivities = (parts: Pick<ActivityParts, 'orm' | 'mailer' | 'settings'>) => {
  const { orm, settings } = parts;
  const sender = createNoticeSender(parts);
  return {
    /**
     * Welcomes the customer with a link to set the panel's password; never with a password. Whom staff sold to, and who
     * has no way into the portal yet, is invited to it.
     */
    async sendWelcome({
      orderId,
      serviceId,
      asOf,
    }: {
      orderId: string;
      serviceId: string;
      asOf: number;
    }): Promise<void> {
      const key = `order/${orderId}/welcome`;
      const to = await queryOne(orm, READ_WELCOME, { orderId, serviceId, key });
      if (!to || to.sentAt) return;
      const id = to.noticeId ?? newId();
      const mail = welcomeMail({
        ...to,
        passwordUrl: `${settings.publicUrl}/panel-password/${sender.tokenOf(id, 'panel_password')}`,
        invitationUrl: to.hasPortal ? null : `${settings.publicUrl}/account/${sender.tokenOf(id, 'invitation')}`,
        seller: settings.sellerName,
      });
      const links: NoticeLink[] = [{ purpose: 'panel_password', lastsMs: LINK_MS, serviceId }];
      if (!to.hasPortal) links.push({ purpose: 'invitation', lastsMs: LINK_MS, invitedCustomerId: to.customerId });
      await send(to, { id, key, kind: 'welcome', orderId, asOf }, mail, links);
    },

    /** Reminds of the open payment; each ordinal once, and none while a payment is on its way. */
    async sendPaymentReminder({
      orderId,
      ordinal,
      asOf,
    }: {
      orderId: string;
      ordinal: number;
      asOf: number;
    }): Promise<void> {
      const key = `order/${orderId}/reminder/${ordinal}`;
      const to = await queryOne(orm, READ_REMINDER, { orderId, key });
      // Paid, ended, or on its way: there is nothing to remind of any more.
      if (!to || to.sentAt || to.number === null) return;
      const mail = paymentReminder({
        name: to.name,
        orderReference: to.orderReference,
        invoiceNumber: to.number,
        amount: describeMoney(money(to.dueMinor!, to.currency!)),
        orderUrl: `${settings.publicUrl}/orders/${orderId}`,
        endsAt: describeInstant(new Date(to.placedAt.getTime() + ORDER_WAITS_MS), settings.billingZone),
        seller: settings.sellerName,
      });
      await send(to, { id: to.noticeId ?? newId(), key, kind: 'payment_reminder', orderId, asOf }, mail);
    },
  };

  /** A mail about an order is part of its story. */
  function send(
    { customerId, email, name }: Addressee,
    notice: Omit<Notice, 'customerId'> & { orderId: string },
    mail: MailText,
    links: readonly NoticeLink[] = [],
  ): Promise<void> {
    return sender.send({ ...notice, customerId }, { email, name }, mail, links, (rows) => {
      const text = `Mail sent: ${mail.subject}`;
      const event = { key: `mail/${notice.kind}/${notice.id}`, kind: 'mail', text };
      addOrderEvent(rows, { id: notice.orderId, customerId }, event, new Date(notice.asOf));
    });
  }
};
export type MailActivities = ReturnType<typeof createMailActivities>;
