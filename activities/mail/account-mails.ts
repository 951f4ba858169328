import { newId } from '#domain/ids.ts';
import { accountAnswer, type AccountAnswer, type AddressFacts } from '#domain/people/account-answer.ts';
import { queryOne, statement } from '#db/statements.ts';
import type { ActivityParts } from '../parts.ts';
import { createNoticeSender, type NoticeLink } from './send-notice.ts';
import {
  confirmAddressMail,
  hasAccountMail,
  invitationMail,
  passwordResetMail,
  recoveryCodeUsedMail,
} from './templates/accounts.ts';

const HOUR_MS = 3_600_000;

/** Who asked, whom the address belongs to, and the notice, if an earlier run has written one. */
interface Asked {
  kind: 'sign_up' | 'password_reset' | 'recovery_code_used';
  userKind: 'customer' | 'staff';
  email: string;
  name: string | null;
  next: string | null;
  userId: string | null;
  userEmail: string | null;
  userName: string | null;
  user: AddressFacts['user'];
  customerId: string | null;
  customerEmail: string | null;
  customerName: string | null;
  noticeId: string | null;
  sentAt: Date | null;
  mailsLately: number;
}
const READ_REQUEST = statement<Asked>(
  'read_account_request',
  `select r.kind, r.user_kind as "userKind", r.email, r.applicant->>'name' as name, r.applicant->>'next' as next,
     u.id as "userId", u.email as "userEmail", u.name as "userName",
     case when u.id is null then 'none' when u.disabled_at is not null then 'disabled'
       when u.email_confirmed_at is null then 'unconfirmed' else 'confirmed' end as "user",
     c.id as "customerId", c.email as "customerEmail", c.name as "customerName", t.id as "noticeId", t.sent_at as "sentAt",
     (select count(*) from notice n where lower(n.recipient) = lower(r.email) and n.key like 'account/%'
       and n.created_at > $since and n.key <> $key) as "mailsLately"
   from account_request r left join user_account u on u.kind = r.user_kind and lower(u.email) = lower(r.email)
   left join customer c on r.user_kind = 'customer' and lower(c.email) = lower(r.email) left join notice t on t.key = $key
   where r.id = $requestId`,
);

/** Of each mail with a link: its words, how long the link is good, and what it is bound to. */
const LINKED = {
  confirm_address: { mail: confirmAddressMail, lastsMs: 24 * HOUR_MS },
  password_reset: { mail: passwordResetMail, lastsMs: HOUR_MS / 2 },
  invitation: { mail: invitationMail, lastsMs: 7 * 24 * HOUR_MS },
} as const;

const TOLD = { has_account: hasAccountMail, recovery_code_used: recoveryCodeUsedMail } as const;

export const createAccountMailActivities = (parts: Pick<ActivityParts, 'orm' | 'mailer' | 'settings'>) => {
  const { orm, settings } = parts;
  const sender = createNoticeSender(parts);
  return {
    /** Writes to the owner of an address what he needs, and nobody else. @returns what was sent */
    async answerAccountRequest({ requestId, asOf }: { requestId: string; asOf: number }): Promise<AccountAnswer> {
      const key = `account/${requestId}`;
      const asked = await queryOne(orm, READ_REQUEST, { requestId, key, since: new Date(asOf - HOUR_MS) });
      if (!asked || asked.sentAt) return 'nothing';
      const { user, customerId, mailsLately } = asked;
      const answer = accountAnswer(asked.kind, { user, isCustomer: customerId !== null, mailsLately });
      if (answer === 'nothing') return answer;

      const id = asked.noticeId ?? newId();
      // The address as its owner gave it to us: one that only looks the same to the database may be somebody else's.
      const to = {
        email: asked.userEmail ?? asked.customerEmail ?? asked.email,
        name: asked.userName ?? asked.customerName ?? asked.name ?? '',
      };
      const notice = { id, key, kind: `account.${answer}`, customerId, orderId: null, asOf };
      const { sellerName: seller, publicUrl } = settings;
      if (answer === 'has_account' || answer === 'recovery_code_used') {
        const page = asked.userKind === 'staff' ? '/staff/sign-in' : '/sign-in';
        await sender.send(notice, to, TOLD[answer]({ name: to.name, url: `${publicUrl}${page}`, seller }));
        return answer;
      }
      const { mail, lastsMs } = LINKED[answer];
      const next = asked.next ? `?next=${encodeURIComponent(asked.next)}` : '';
      const url = `${publicUrl}/account/${sender.tokenOf(id, answer)}${next}`;
      const link: NoticeLink = { purpose: answer, lastsMs, ...boundTo(answer, requestId, asked) };
      await sender.send(notice, to, mail({ name: to.name, url, seller }), [link]);
      return answer;
    },
  };
};
export type AccountMailActivities = ReturnType<typeof createAccountMailActivities>;

function boundTo(purpose: keyof typeof LINKED, requestId: string, { userId, customerId }: Asked) {
  if (purpose === 'confirm_address') return { requestId };
  return purpose === 'invitation' ? { invitedCustomerId: customerId! } : { userId: userId! };
}
