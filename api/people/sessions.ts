import { asNobody } from '#db/acting.ts';
import { z } from '@hono/zod-openapi';
import { createRoute, router } from '../http/router.ts';
import { auditRequest, type Actor, type ApiContext } from '../http/context.ts';
import { Id, json } from '../contracts/common.ts';
import { Me, SessionList, SignIn } from '../contracts/people.ts';
import { ProveYourself } from '../contracts/second-factor.ts';
import { notFound } from '../http/problem.ts';
import { endSession, endSessions, listSessions } from './auth/sessions.ts';
import { signIn, type SignedIn, type SignInParts } from './auth/sign-in.ts';
import { permissionsOf } from './auth/permissions.ts';
import type { Csrf } from '../http/middleware/csrf.ts';
import { shownEmail } from './shown-email.ts';

const tags = ['People'];
const own = { actor: 'person', permission: 'session' } as const;

const customerSignIn = createRoute({
  method: 'post',
  path: '/sign-in',
  tags,
  summary: 'Sign a customer in',
  access: { actor: 'anonymous' },
  request: { body: { required: true, content: json(SignIn) } },
  responses: { 200: { description: 'Signed in; the session is in the cookie', content: json(Me) } },
});
const staffSignIn = createRoute({
  ...customerSignIn,
  path: '/staff/sign-in',
  summary: 'Sign staff in',
});
const signOut = createRoute({
  method: 'post',
  path: '/sign-out',
  tags,
  summary: 'End this session',
  access: { actor: 'person', permission: 'enrolment' },
  responses: { 204: { description: 'Signed out' } },
});
const proveAgain = createRoute({
  method: 'post',
  path: '/me/re-authenticate',
  tags,
  summary: 'Say who you are once more, for what asks for it: good for ten minutes',
  description: 'This session goes on under a new cookie.',
  access: own,
  request: { body: { required: true, content: json(ProveYourself) } },
  responses: { 200: { description: 'It is you', content: json(Me) } },
});
const list = createRoute({
  method: 'get',
  path: '/sessions',
  tags,
  summary: 'Where you are signed in',
  access: own,
  responses: { 200: { description: 'Your sessions, last used first', content: json(SessionList) } },
});
const end = createRoute({
  method: 'delete',
  path: '/sessions/{id}',
  tags,
  summary: 'End one of your sessions',
  access: own,
  request: { params: z.object({ id: Id }) },
  responses: { 204: { description: 'Ended' } },
});
const endOthers = createRoute({
  method: 'delete',
  path: '/sessions',
  tags,
  summary: 'End all your sessions but this one',
  access: own,
  responses: { 204: { description: 'Ended' } },
});

type Person = Extract<Actor, { userId: string }>;
/** Routes of `person` are reached by nobody else. */
export const personOf = (c: ApiContext): Person => c.get('actor') as Person;

export const factorOf = (of: {
  hasSecondFactor?: boolean;
  mustEnrol?: boolean;
}): z.infer<typeof Me>['second_factor'] => {
  if (of.hasSecondFactor) return 'on';
  return of.mustEnrol ? 'required' : 'off';
};

export const describeMe = (user: SignedIn, csrf: Csrf): z.infer<typeof Me> => ({
  kind: user.kind,
  id: user.userId,
  email: shownEmail(user.email),
  name: user.name,
  customer_id: user.customerId,
  role: user.role,
  permissions: user.role && !user.mustEnrol ? [...permissionsOf(user.role)] : [],
  second_factor: factorOf(user),
  csrf_token: csrf.tokenOf(user.sessionId),
});

export const sessionRoutes = (parts: SignInParts & { csrf: Csrf }) => {
  const { orm, cookie, csrf } = parts;
  return router()
    .openapi(customerSignIn, async (c) =>
      c.json(describeMe(await signIn(c, parts, 'customer', c.req.valid('json')), csrf), 200),
    )
    .openapi(staffSignIn, async (c) =>
      c.json(describeMe(await signIn(c, parts, 'staff', c.req.valid('json')), csrf), 200),
    )
    .openapi(signOut, async (c) => {
      const { userId, sessionId } = personOf(c);
      if (sessionId) {
        await asNobody(orm, async (em) => {
          await endSession(em, userId, sessionId, c.get('asOf'));
          auditRequest(c, em, { action: 'session.signed_out', object: { type: 'session', id: sessionId } });
        });
      }
      cookie.clear(c);
      return c.body(null, 204);
    })
    .openapi(proveAgain, async (c) => {
      const { type, email } = personOf(c);
      return c.json(describeMe(await signIn(c, parts, type, { email, ...c.req.valid('json') }), csrf), 200);
    })
    .openapi(list, async (c) => {
      const { userId, sessionId } = personOf(c);
      const sessions = await asNobody(orm, (em) => listSessions(em, userId, c.get('asOf')));
      return c.json(
        {
          sessions: sessions.map((session) => ({
            id: session.id,
            current: session.id === sessionId,
            created_at: session.createdAt.toISOString(),
            last_seen_at: session.lastSeenAt.toISOString(),
            expires_at: session.expiresAt.toISOString(),
            network: session.network ?? null,
            user_agent: session.userAgent ?? null,
          })),
        },
        200,
      );
    })
    .openapi(end, async (c) => {
      const { userId } = personOf(c);
      const { id } = c.req.valid('param');
      const ended = await asNobody(orm, async (em) => {
        const was = await endSession(em, userId, id, c.get('asOf'));
        if (was) auditRequest(c, em, { action: 'session.ended', object: { type: 'session', id } });
        return was;
      });
      if (!ended) throw notFound('session');
      return c.body(null, 204);
    })
    .openapi(endOthers, async (c) => {
      const { userId, sessionId } = personOf(c);
      await asNobody(orm, async (em) => {
        const count = await endSessions(em, userId, c.get('asOf'), sessionId);
        auditRequest(c, em, { action: 'session.others_ended', object: { type: 'user', id: userId }, after: { count } });
      });
      return c.body(null, 204);
    });
};
