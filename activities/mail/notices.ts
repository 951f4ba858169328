import { civilDate } from '#domain/calendar/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import { describeMoney, money } from '#domain/money/money.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { hmacSha256, sha256 } from '#db/secrets/seal.ts';
import { change, makeChange, queryOne, statement } from '#db/statements.ts';
import type { ActivityParts } from '../parts.ts';
import { at } from '../where.ts';
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

const READ_WELCOME = statement<Addressee & { plan: string; username: string | null; nodeUrl: string }>(
  'read_welcome',
  `select ${ADDRESSEE}, p.name as plan, case when v.external_id is not null then v.username end as username, n.base_url as "nodeUrl"
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

/** The notice, and the one-time link in it. Its days count from the last try to send it, as long as nobody has used it. */
const WRITE_NOTICE = statement<{ id: string }>(
  'write_notice',
  `with linked as (
     insert into one_time_token (id, purpose, token_hash, service_id, created_at, expires_at)
     select $tokenId::uuid, 'panel_password', $tokenHash::bytea, $serviceId::uuid, $asOf, $linkEndsAt::timestamptz
     where $tokenHash::bytea is not null
     on conflict (token_hash) do update set expires_at = excluded.expires_at where one_time_token.used_at is null
   )
   insert into notice (id, key, kind, customer_id, order_id, recipient, subject, created_at)
   values ($noticeId, $key, $kind, $customerId, $orderId, $recipient, $subject, $asOf)
   on conflict (key) do update set subject = excluded.subject returning id`,
);
const SENT = change<{ id: string }>(
  'notice_sent',
  `with changed as (
     update notice set sent_at = $asOf, subject = $subject, server_answer = $serverAnswer where id = $noticeId returning id
   )`,
);

/** One mail about an order. */
interface Notice {
  orderId: string;
  /** What the mail is about; a second one with it is not sent. */
  key: string;
  kind: string;
  asOf: number;
}

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
      const notice = { orderId, key: `order/${orderId}/welcome`, kind: 'welcome', asOf };
      const to = await queryOne(orm, READ_WELCOME, { orderId, serviceId, key: notice.key });
      if (!to || to.sentAt) return;
      const noticeId = to.noticeId ?? newId();
      const token = passwordToken(noticeId);
      const passwordUrl = `${settings.publicUrl}/panel-password/${token}`;
      const mail = welcomeMail({ ...to, passwordUrl, seller: settings.sellerName });
      await send(notice, to, noticeId, mail, { serviceId, token });
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
      const notice = { orderId, key: `order/${orderId}/reminder/${ordinal}`, kind: 'payment_reminder', asOf };
      const to = await queryOne(orm, READ_REMINDER, { orderId, key: notice.key });
      // Paid, ended, or on its way: there is nothing to remind of any more.
      if (!to || to.sentAt || to.number === null) return;
      const mail = paymentReminder({
        name: to.name,
        orderReference: to.orderReference,
        invoiceNumber: to.number,
        amount: describeMoney(money(to.dueMinor!, to.currency!)),
        orderUrl: `${settings.publicUrl}/orders/${orderId}`,
        endsOn: civilDate(new Date(to.placedAt.getTime() + ORDER_WAITS_MS), settings.billingZone),
        seller: settings.sellerName,
      });
      await send(notice, to, to.noticeId ?? newId(), mail);
    },
  };

  /**
   * One notice, one mail: its row is committed first and gives the Message-ID, so the only repeat possible, between
   * the mail server's answer and our record of it, carries the same id.
   */
  async function send(
    { orderId, key, kind, asOf }: Notice,
    { customerId, email, name }: Addressee,
    noticeId: string,
    mail: MailText,
    link?: { serviceId: string; token: string },
  ): Promise<void> {
    const now = new Date(asOf);
    const written = await queryOne(orm, WRITE_NOTICE, {
      noticeId,
      key,
      kind,
      customerId,
      orderId,
      recipient: email,
      subject: mail.subject,
      asOf: now,
      tokenId: link ? newId() : null,
      tokenHash: link ? sha256(link.token) : null,
      serviceId: link?.serviceId ?? null,
      linkEndsAt: link ? new Date(asOf + LINK_MS) : null,
    });
    if (written?.id !== noticeId) throw new Error(`Another run is sending ${key}; this one looks again.`);
    const messageId = `${noticeId}@${settings.mailDomain}`;
    const { response } = await at({ adapter: 'smtp' }, () =>
      mailer.send({ messageId, to: { address: email, name }, ...mail }),
    );
    const sent = { noticeId, subject: mail.subject, serverAnswer: response.slice(0, 200), asOf: now };
    await makeChange(orm, SENT, sent, (rows) => {
      const event = { key: `mail/${kind}/${noticeId}`, kind: 'mail', text: `Mail sent: ${mail.subject}` };
      addOrderEvent(rows, { id: orderId, customerId }, event, now);
    });
  }

  /** A 256-bit one-time link that a repeat of the mail derives again; the database holds only its hash. */
  function passwordToken(noticeId: string): string {
    return hmacSha256(settings.linkKey, `panel_password/${noticeId}`).toString('base64url');
  }
};
export type MailActivities = ReturnType<typeof createMailActivities>;
