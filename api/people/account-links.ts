import { asNobody } from '#db/acting.ts';
import { z } from '@hono/zod-openapi';
import type { Em } from '#db/orm.ts';
import { createRoute, router } from '../http/router.ts';
import { auditRequest, type ApiContext, type Parts } from '../http/context.ts';
import { json, LinkToken } from '../contracts/common.ts';
import {
  AccountLinkUsed,
  AccountLinkView,
  AskPasswordReset,
  PasswordResetAsked,
  UseAccountLink,
} from '../contracts/account-links.ts';
import { linkNotGood, Problem } from '../http/problem.ts';
import {
  acceptInvitation,
  confirmAddress,
  findAccountLink,
  resetPassword,
  useLink,
  type AccountLink,
  type JoinedUser,
} from './auth/account-links.ts';
import { requestAccount } from './auth/account-requests.ts';
import { assertPassword } from './auth/new-password.ts';
import type { SignInParts } from './auth/sign-in.ts';
import { shownEmail } from './shown-email.ts';

const tags = ['People'];
const anybody = { actor: 'anonymous' } as const;

const reset = createRoute({
  method: 'post',
  path: '/password-reset',
  tags,
  summary: 'Ask for a mail with a link to choose a new password',
  description: 'Answers the same whether the address is known or not. At most three mails an hour go to one address.',
  access: anybody,
  limit: 'mail_link',
  request: { body: { required: true, content: json(AskPasswordReset) } },
  responses: {
    202: { description: 'If the address is known, a mail is on its way', content: json(PasswordResetAsked) },
  },
});
const staffReset = createRoute({ ...reset, path: '/staff/password-reset', summary: 'The same for staff' });
const look = createRoute({
  method: 'get',
  path: '/account-links/{token}',
  tags,
  summary: 'What a link from a mail about an account is good for. Looking does not use it, whoever scans mails',
  access: anybody,
  request: { params: z.strictObject({ token: LinkToken }) },
  responses: { 200: { description: 'Good or not', content: json(AccountLinkView) } },
});
const use = createRoute({
  method: 'post',
  path: '/account-links',
  tags,
  summary: 'Use a link from a mail about an account, once',
  description:
    'To confirm an address, with the password that was chosen while signing up; else with the password to be set. Then sign in with it. A new password ends every session.',
  access: anybody,
  request: { body: { required: true, content: json(UseAccountLink) } },
  responses: {
    200: { description: 'Done; now sign in', content: json(AccountLinkUsed) },
    404: { description: 'The link is not good, or not any more' },
  },
});

export const accountLinkRoutes = ({ orm, config, hashing, throttle }: Parts & SignInParts) => {
  const ask = async (c: ApiContext, userKind: 'customer' | 'staff', email: string) => {
    await asNobody(orm, async (em) => {
      const id = await requestAccount(em, { kind: 'password_reset', userKind, email }, c.get('asOf'));
      auditRequest(c, em, { action: 'account.reset_requested', object: { type: 'account_request', id } });
    });
    return c.json({ next: 'open_link' as const }, 202);
  };
  const find = (c: ApiContext, token: string) => asNobody(orm, (em) => findAccountLink(em, token, c.get('asOf')));

  return router()
    .openapi(reset, (c) => ask(c, 'customer', c.req.valid('json').email))
    .openapi(staffReset, (c) => ask(c, 'staff', c.req.valid('json').email))
    .openapi(look, async (c) => {
      const link = await find(c, c.req.valid('param').token);
      return c.json({ good: !!link, purpose: link?.purpose ?? null, email: link ? shownEmail(link.email) : null }, 200);
    })
    .openapi(use, async (c) => {
      const { token, password } = c.req.valid('json');
      const asOf = c.get('asOf');
      const found = await find(c, token);
      // Guessed at is the link, or the password behind it; the account's own count is not touched: a link always gets in.
      const guess = await throttle.guess({ kind: 'link', token }, c.get('network'), asOf);
      const { passwordHash } = await judge(found, password);
      const used = await asNobody(orm, async (em) => {
        const link = await findAccountLink(em, token, asOf, true);
        const user = link && (await carryOut(em, link, passwordHash, asOf));
        if (!link || !user) throw linkNotGood();
        await useLink(em, link, asOf);
        await throttle.forgive(em, link);
        const explained = { action: ACTIONS[link.purpose], object: { type: 'user', id: user.userId } };
        auditRequest(c, em, { ...explained, customerId: user.customerId ?? undefined });
        return { email: shownEmail(link.email), kind: link.kind };
      });
      await guess.right();
      return c.json(used, 200);
    });

  /** A hash is computed whatever the link is, so that the time does not tell. @throws Problem for a bad link or password */
  async function judge(link: AccountLink | undefined, password: string): Promise<{ passwordHash: string }> {
    if (!link || link.purpose === 'confirm_address') {
      const { right } = await hashing.verify(password, link?.passwordHash ?? undefined);
      if (!link) throw linkNotGood();
      if (right) return { passwordHash: link.passwordHash! };
      throw new Problem(422, 'wrong_password', 'This is not the password that was chosen while signing up.', {
        errors: [
          { pointer: '/password', detail: 'is not the one you signed up with; if it is forgotten, sign up again' },
        ],
      });
    }
    const { kind, email } = link;
    assertPassword(password, { kind, email, names: ['Hostwright', config.SELLER_NAME] }, '/password');
    return { passwordHash: await hashing.hash(password) };
  }
};

const ACTIONS = {
  confirm_address: 'customer.signed_up',
  invitation: 'customer.invitation_accepted',
  password_reset: 'user.password_reset',
} as const;

function carryOut(em: Em, link: AccountLink, passwordHash: string, asOf: Date): Promise<JoinedUser | undefined> {
  if (link.purpose === 'confirm_address') return confirmAddress(em, link, asOf);
  if (link.purpose === 'invitation') return acceptInvitation(em, link, passwordHash, asOf);
  return resetPassword(em, link, passwordHash, asOf);
}
