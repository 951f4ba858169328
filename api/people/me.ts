import { asNobody } from '#db/acting.ts';
import { createRoute, router } from '../http/router.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import { ChangePassword, Me } from '../contracts/people.ts';
import { Problem } from '../http/problem.ts';
import { proveYourself } from './auth/prove.ts';
import { voidResetLinks } from './auth/account-links.ts';
import { assertPassword } from './auth/new-password.ts';
import type { SignInParts } from './auth/sign-in.ts';
import { endSessions, startSession } from './auth/sessions.ts';
import type { Csrf } from '../http/middleware/csrf.ts';
import { factorOf, personOf } from './sessions.ts';
import { shownEmail } from './shown-email.ts';

const tags = ['People'];

const me = createRoute({
  method: 'get',
  path: '/me',
  tags,
  summary: 'Who you are here',
  access: { actor: 'person', permission: 'self' },
  responses: { 200: { description: 'You', content: json(Me) } },
});
const changePassword = createRoute({
  method: 'post',
  path: '/me/password',
  tags,
  summary: 'Choose another password',
  description: 'Ends all your other sessions; this one goes on under a new cookie.',
  access: { actor: 'person', permission: 'session', fresh: true },
  request: { body: { required: true, content: json(ChangePassword) } },
  responses: { 204: { description: 'Changed' } },
});

export const meRoutes = (parts: Parts & SignInParts & { csrf: Csrf }) => {
  const { orm, config, hashing, cookie, csrf } = parts;
  return router()
    .openapi(me, (c) => {
      const actor = personOf(c);
      const staff = actor.type === 'staff' ? actor : undefined;
      return c.json(
        {
          kind: actor.type,
          id: actor.userId,
          email: shownEmail(actor.email),
          name: actor.name,
          customer_id: actor.type === 'customer' ? actor.customerId : null,
          role: staff?.role ?? null,
          permissions: [...(staff?.permissions ?? [])],
          second_factor: factorOf(actor),
          csrf_token: actor.sessionId ? csrf.tokenOf(actor.sessionId) : null,
        },
        200,
      );
    })
    .openapi(changePassword, async (c) => {
      const { type: kind, email, userId } = personOf(c);
      const { current_password: password, new_password: wanted, code } = c.req.valid('json');
      const [asOf, network] = [c.get('asOf'), c.get('network')];
      const verified = await proveYourself(c, parts, { password, code }, 'current_password');
      assertPassword(wanted, { kind, email, names: ['Hostwright', config.SELLER_NAME] }, '/new_password');
      const passwordHash = await hashing.hash(wanted);
      const session = await asNobody(orm, async (em) => {
        const changed = await em.execute(
          `update user_account set password_hash = ? where id = ? and password_hash = ? returning id`,
          [passwordHash, userId, verified],
        );
        if (changed.length === 0) throw changedMeanwhile();
        await endSessions(em, userId, asOf);
        await voidResetLinks(em, userId, asOf);
        auditRequest(c, em, { action: 'user.password_changed', object: { type: 'user', id: userId } });
        return startSession(em, { id: userId, kind }, { network, userAgent: c.req.header('user-agent') }, asOf);
      });
      cookie.write(c, session.token, session.maxAgeSeconds);
      return c.body(null, 204);
    });
};

const changedMeanwhile = () =>
  new Problem(
    409,
    'changed_meanwhile',
    'The password was changed by somebody else in this moment. Sign in with the new one.',
  );
