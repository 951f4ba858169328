import { civilDate } from '#domain/calendar/civil-dates.ts';
import { newId } from '#domain/ids.ts';
import { describeMoney, money } from '#domain/money/money.ts';
import { Notice } from '#db/entities/index.ts';
import { inTransaction, type Em } from '#db/orm.ts';
import { hmacSha256, sha256 } from '#db/secrets/seal.ts';
import { paymentReminder, welcomeMail, type MailText } from './templates/orders.ts';
import type { ActivityParts } from '../parts.ts';
import { addOrderEvent } from '#db/orders/order-events.ts';
import { at } from '../where.ts';

const LINK_MS = 7 * 24 * 3_600_000;
const ORDER_WAITS_MS = 7 * 24 * 3_600_000;

/** Who a mail is for and what it is about. */
interface Addressee {
  orderId: string;
  reference: string;
  customerId: string;
  email: string;
  name: string;
  placedAt: string;
}

interface Once {
  orderId: string;
  /** What the mail is about; a second one with it is not sent. */
  key: string;
  kind: string;
  asOf: number;
}

export const createMailActivities = ({ orm, mailer, settings }: Pick<ActivityParts, 'orm' | 'mailer' | 'settings'>) => {
  return {
    /** Welcomes the customer with a link to set the panel's password; never with a password. */
    sendWelcome: ({ orderId, serviceId, asOf }: { orderId: string; serviceId: string; asOf: number }): Promise<void> =>
      sendOnce(
        { orderId, key: `order/${orderId}/welcome`, kind: 'welcome', asOf },
        async (em, { name, reference }, noticeId) => {
          const [of] = await em.execute<{ plan: string; username: string | null; nodeUrl: string }[]>(
            `select p.name as plan, case when v.external_id is not null then v.username end as username, n.base_url as "nodeUrl"
           from service v join subscription s on s.id = v.subscription_id join plan p on p.id = s.plan_id join node n on n.id = v.node_id
           where v.id = ?`,
            [serviceId],
          );
          const passwordUrl = `${settings.publicUrl}/panel-password/${await passwordLink(em, noticeId, serviceId, asOf)}`;
          return welcomeMail({ name, orderReference: reference, ...of!, passwordUrl, seller: settings.sellerName });
        },
      ),

    /** Reminds of the open payment; each ordinal once, and none while a payment is on its way. */
    sendPaymentReminder: ({
      orderId,
      ordinal,
      asOf,
    }: {
      orderId: string;
      ordinal: number;
      asOf: number;
    }): Promise<void> =>
      sendOnce(
        { orderId, key: `order/${orderId}/reminder/${ordinal}`, kind: 'payment_reminder', asOf },
        async (em, { name, reference, placedAt }) => {
          const [invoice] = await em.execute<{ number: string; due: string; currency: string }[]>(
            `select number, due_minor as due, currency from invoice i
             where order_id = ? and kind = 'initial' and status = 'open'
               and not exists (select from payment_attempt a where a.invoice_id = i.id and a.status = 'processing')`,
            [orderId],
          );
          if (!invoice) return null;
          return paymentReminder({
            name,
            orderReference: reference,
            invoiceNumber: invoice.number,
            amount: describeMoney(money(Number(invoice.due), invoice.currency)),
            orderUrl: `${settings.publicUrl}/orders/${orderId}`,
            endsOn: civilDate(new Date(new Date(placedAt).getTime() + ORDER_WAITS_MS), settings.billingZone),
            seller: settings.sellerName,
          });
        },
      ),
  };

  /**
   * One notice, one mail: its row is committed first and gives the Message-ID, so the only repeat possible, between
   * the mail server's answer and our record of it, carries the same id.
   * @param write  the mail's text, or null when there is nothing to say any more
   */
  async function sendOnce(
    once: Once,
    write: (em: Em, to: Addressee, noticeId: string) => Promise<MailText | null>,
  ): Promise<void> {
    const now = new Date(once.asOf);
    const prepared = await inTransaction(orm, (em) => prepare(em, once, write, now));
    if (!prepared) return;
    const { noticeId, to, mail } = prepared;
    const messageId = `${noticeId}@${settings.mailDomain}`;
    const { response } = await at({ adapter: 'smtp' }, () =>
      mailer.send({ messageId, to: { address: to.email, name: to.name }, ...mail }),
    );
    await inTransaction(orm, async (em) => {
      await em.nativeUpdate(Notice, noticeId, {
        sentAt: now,
        subject: mail.subject,
        serverAnswer: response.slice(0, 200),
      });
      const story = { key: `mail/${once.kind}/${noticeId}`, kind: 'mail', text: `Mail sent: ${mail.subject}` };
      addOrderEvent(em, { id: once.orderId, customerId: to.customerId }, story, now);
    });
  }

  async function prepare(
    em: Em,
    { orderId, key, kind }: Once,
    write: (em: Em, to: Addressee, noticeId: string) => Promise<MailText | null>,
    now: Date,
  ): Promise<{ noticeId: string; to: Addressee; mail: MailText } | null> {
    const [to] = await em.execute<Addressee[]>(
      `select o.id as "orderId", o.reference, o.placed_at as "placedAt", c.id as "customerId", c.email, c.name
       from "order" o join customer c on c.id = o.customer_id where o.id = ?`,
      [orderId],
    );
    const there = await em.findOne(Notice, { key });
    if (there?.sentAt) return null;
    const { customerId, email } = to!;
    const noticeId = there?.id ?? newId();
    const mail = await write(em, to!, noticeId);
    if (!mail) return null;
    if (!there)
      em.create(Notice, {
        id: noticeId,
        key,
        kind,
        customerId,
        orderId,
        recipient: email,
        subject: mail.subject,
        createdAt: now,
      });
    return { noticeId, to: to!, mail };
  }

  /**
   * A 256-bit one-time link that a repeat of the mail derives again; the database holds only its hash. Its days count
   * from the last try to send it, as long as nobody has used it.
   */
  async function passwordLink(em: Em, noticeId: string, serviceId: string, asOf: number): Promise<string> {
    const token = hmacSha256(settings.linkKey, `panel_password/${noticeId}`).toString('base64url');
    const tokenHash = sha256(token);
    await em.execute(
      `insert into one_time_token (id, purpose, token_hash, service_id, created_at, expires_at)
       values (?, 'panel_password', ?, ?, ?, ?)
       on conflict (token_hash) do update set expires_at = excluded.expires_at where one_time_token.used_at is null`,
      [newId(), tokenHash, serviceId, new Date(asOf), new Date(asOf + LINK_MS)],
    );
    return token;
  }
};
export type MailActivities = ReturnType<typeof createMailActivities>;
