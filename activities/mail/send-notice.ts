import type { AccountLinkPurpose } from '#db/entities/index.ts';
import type { PendingRows } from '#db/pending-rows.ts';
import { hmacSha256, sha256 } from '#db/secrets/seal.ts';
import { change, makeChange, queryOne, statement } from '#db/statements.ts';
import { newId } from '#domain/ids.ts';
import type { ActivityParts } from '../parts.ts';
import { at } from '../where.ts';
import { oneLine, type MailText } from './templates/compose.ts';

/** The notice, and the one-time links in it. Their time counts from the last try to send it, as long as nobody has used them. */
const WRITE_NOTICE = statement<{ id: string }>(
  'write_notice',
  `with linked as (
     insert into one_time_token (id, purpose, token_hash, service_id, user_id, request_id, invited_customer_id, created_at, expires_at)
     select l.id, l.purpose, decode(l.hash, 'hex'), l."serviceId", l."userId", l."requestId", l."invitedCustomerId", $asOf, l."endsAt"
     from jsonb_to_recordset($links::jsonb) as l (id uuid, purpose text, hash text, "serviceId" uuid, "userId" uuid,
       "requestId" uuid, "invitedCustomerId" uuid, "endsAt" timestamptz)
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

/** One mail. */
export interface Notice {
  /** Of its row, which gives the Message-ID: of an earlier try where there was one. */
  id: string;
  /** What the mail is about; a second one with it is not sent. */
  key: string;
  kind: string;
  customerId: string | null;
  orderId: string | null;
  asOf: number;
}

/** A one-time link in a mail, and what it is bound to. */
export interface NoticeLink {
  purpose: 'panel_password' | AccountLinkPurpose;
  lastsMs: number;
  serviceId?: string;
  userId?: string;
  requestId?: string;
  invitedCustomerId?: string;
}

export const createNoticeSender = ({ orm, mailer, settings }: Pick<ActivityParts, 'orm' | 'mailer' | 'settings'>) => {
  /** A 256-bit one-time token that a repeat of the mail derives again; the database holds only its hash. */
  const tokenOf = (noticeId: string, purpose: NoticeLink['purpose']): string =>
    hmacSha256(settings.linkKey, `${purpose}/${noticeId}`).toString('base64url');

  /**
   * One notice, one mail: its row is committed first and gives the Message-ID, so the only repeat possible, between
   * the mail server's answer and our record of it, carries the same id.
   * @param explain  adds what is written with the record that it was sent
   */
  const send = async (
    { id: noticeId, key, kind, customerId, orderId, asOf }: Notice,
    to: { email: string; name: string },
    mail: MailText,
    links: readonly NoticeLink[] = [],
    explain: (rows: PendingRows) => void = () => {},
  ): Promise<void> => {
    const now = new Date(asOf);
    const written = await queryOne(orm, WRITE_NOTICE, {
      noticeId,
      key,
      kind,
      customerId,
      orderId,
      recipient: to.email,
      subject: mail.subject,
      asOf: now,
      links: JSON.stringify(
        links.map(({ lastsMs, ...link }) => ({
          ...link,
          id: newId(),
          hash: sha256(tokenOf(noticeId, link.purpose)).toString('hex'),
          endsAt: new Date(asOf + lastsMs),
        })),
      ),
    });
    if (written?.id !== noticeId) throw new Error(`Another run is sending ${key}; this one looks again.`);
    const messageId = `${noticeId}@${settings.mailDomain}`;
    const { response } = await at({ adapter: 'smtp' }, () =>
      mailer.send({ messageId, to: { address: to.email, name: oneLine(to.name) }, ...mail }),
    );
    const sent = { noticeId, subject: mail.subject, serverAnswer: response.slice(0, 200), asOf: now };
    await makeChange(orm, SENT, sent, explain);
  };

  return { tokenOf, send };
};
