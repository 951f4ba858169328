import { asNobody } from '#db/acting.ts';
import { createRoute, router } from '../http/router.ts';
import { auditRequest, type ApiContext, type Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import {
  BeginSecondFactor,
  ConfirmSecondFactor,
  ProveWithCode,
  RecoveryCodes,
  SecondFactorSecret,
  SecondFactorView,
} from '../contracts/second-factor.ts';
import { Problem } from '../http/problem.ts';
import { proveYourself } from './auth/prove.ts';
import {
  beginEnrolment,
  confirmEnrolment,
  readFactor,
  removeFactor,
  renewRecoveryCodes,
} from './auth/second-factor.ts';
import { endSessions, startSession } from './auth/sessions.ts';
import type { SignInParts } from './auth/sign-in.ts';
import { factorOf, personOf } from './sessions.ts';

const tags = ['People'];
const access = { actor: 'person', permission: 'enrolment' } as const;

const show = createRoute({
  method: 'get',
  path: '/me/second-factor',
  tags,
  summary: 'Whether a code is asked for beside your password',
  access,
  responses: { 200: { description: 'Your second factor', content: json(SecondFactorView) } },
});
const begin = createRoute({
  method: 'post',
  path: '/me/second-factor',
  tags,
  summary: 'Begin with a second factor, or with another one',
  description:
    'Add the secret to an authenticator app, then confirm with the code that it shows, within a quarter of an hour.',
  access,
  request: { body: { required: true, content: json(BeginSecondFactor) } },
  responses: { 200: { description: 'The secret, shown once', content: json(SecondFactorSecret) } },
});
const confirm = createRoute({
  method: 'post',
  path: '/me/second-factor/confirm',
  tags,
  summary: 'Confirm the second factor with a code of the app',
  description: 'From now on a code is asked for. Ends all your other sessions; this one goes on under a new cookie.',
  access,
  request: { body: { required: true, content: json(ConfirmSecondFactor) } },
  responses: { 200: { description: 'Set up; the recovery codes, shown once', content: json(RecoveryCodes) } },
});
const remove = createRoute({
  method: 'post',
  path: '/me/second-factor/remove',
  tags,
  summary: 'Do without a second factor; not for staff',
  access: { actor: 'customer' },
  request: { body: { required: true, content: json(ProveWithCode) } },
  responses: { 204: { description: 'Removed, with the recovery codes' } },
});
const renew = createRoute({
  method: 'post',
  path: '/me/recovery-codes',
  tags,
  summary: 'Ten new recovery codes; those before are worth nothing then',
  access: { actor: 'person', permission: 'session' },
  request: { body: { required: true, content: json(ProveWithCode) } },
  responses: { 200: { description: 'The codes, shown once', content: json(RecoveryCodes) } },
});
const putOff = createRoute({
  method: 'post',
  path: '/me/second-factor/put-off',
  tags,
  summary: 'Do without it in this session, once, in the sandbox',
  access,
  responses: { 204: { description: 'The next sign-in asks again' } },
});

export const secondFactorRoutes = (parts: Parts & SignInParts) => {
  const { orm, sealer, config, throttle, cookie } = parts;
  const isSandbox = config.NODE_ENV !== 'production';
  const me = (c: ApiContext) => ({ ...personOf(c), asOf: c.get('asOf') });
  const explain = (c: ApiContext, userId: string, action: string) => ({
    action,
    object: { type: 'user', id: userId },
    customerId: customerIdOf(c),
  });

  return router()
    .openapi(show, async (c) => {
      const actor = personOf(c);
      const { userId, type } = actor;
      const { enrolledAt, recoveryCodesLeft, putOffAt } = await asNobody(orm, (em) => readFactor(em, userId));
      return c.json(
        {
          enrolled_at: enrolledAt ? new Date(enrolledAt).toISOString() : null,
          recovery_codes_left: recoveryCodesLeft,
          required: factorOf(actor) === 'required',
          may_put_off: isSandbox && type === 'staff' && !enrolledAt && !putOffAt,
        },
        200,
      );
    })
    .openapi(begin, async (c) => {
      const { userId, email, asOf } = me(c);
      await proveYourself(c, parts, c.req.valid('json'));
      const shown = await asNobody(orm, async (em) => {
        auditRequest(c, em, explain(c, userId, 'user.second_factor_begun'));
        return beginEnrolment(em, sealer, { userId, email, issuer: config.SELLER_NAME }, asOf);
      });
      return c.json(shown, 200);
    })
    .openapi(confirm, async (c) => {
      const { userId, type: kind, asOf } = me(c);
      const network = c.get('network');
      const guess = await throttle.guess({ kind: 'code', userId }, network, asOf);
      const done = await asNobody(orm, async (em) => {
        await em.execute(`select from user_account where id = ? for update`, [userId]);
        const codes = await confirmEnrolment(em, sealer, userId, c.req.valid('json').code, asOf);
        if (!codes) return undefined;
        await endSessions(em, userId, asOf);
        auditRequest(c, em, explain(c, userId, 'user.second_factor_enrolled'));
        const session = startSession(
          em,
          { id: userId, kind },
          { network, userAgent: c.req.header('user-agent') },
          asOf,
        );
        return { codes, session };
      });
      if (!done) throw wrongCode();
      await guess.right();
      cookie.write(c, done.session.token, done.session.maxAgeSeconds);
      return c.json({ recovery_codes: done.codes }, 200);
    })
    .openapi(remove, async (c) => {
      const { userId, sessionId, asOf } = me(c);
      await proveYourself(c, parts, c.req.valid('json'));
      await asNobody(orm, async (em) => {
        await removeFactor(em, userId);
        await endSessions(em, userId, asOf, sessionId);
        auditRequest(c, em, explain(c, userId, 'user.second_factor_removed'));
      });
      return c.body(null, 204);
    })
    .openapi(renew, async (c) => {
      const { userId, asOf } = me(c);
      await proveYourself(c, parts, c.req.valid('json'));
      const codes = await asNobody(orm, async (em) => {
        if (!(await readFactor(em, userId)).enrolledAt) throw notEnrolled();
        auditRequest(c, em, explain(c, userId, 'user.recovery_codes_renewed'));
        return renewRecoveryCodes(em, userId, asOf);
      });
      return c.json({ recovery_codes: codes }, 200);
    })
    .openapi(putOff, async (c) => {
      const { userId, sessionId, type, asOf } = me(c);
      await asNobody(orm, async (em) => {
        const [put] = await em.execute<{ id: string }[]>(
          `update user_account set second_factor_put_off_at = ? where id = ? and second_factor_put_off_at is null returning id`,
          [asOf, userId],
        );
        if (!isSandbox || type !== 'staff' || !put) {
          throw new Problem(403, 'not_put_off', 'This cannot be put off. Set up a second factor.');
        }
        await em.execute(`update session set without_second_factor = true where id = ?`, [sessionId]);
        auditRequest(c, em, explain(c, userId, 'user.second_factor_put_off'));
      });
      return c.body(null, 204);
    });
};

const customerIdOf = (c: ApiContext): string | undefined => {
  const actor = personOf(c);
  return actor.type === 'customer' ? actor.customerId : undefined;
};

const wrongCode = () =>
  new Problem(
    422,
    'wrong_code',
    'The code is not one of this secret, or a quarter of an hour has passed. Look at the app, or begin again.',
    {
      errors: [{ pointer: '/code', detail: 'is not what the app shows now' }],
    },
  );

const notEnrolled = () =>
  new Problem(409, 'no_second_factor', 'There is no second factor yet: POST /api/v2/me/second-factor begins with one.');
