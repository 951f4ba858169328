import { createRoute, router } from '../http/router.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import { Setup } from '../contracts/people.ts';
import { Problem } from '../http/problem.ts';
import { useSetupToken } from './auth/first-staff.ts';
import { assertPassword } from './auth/new-password.ts';
import type { Hashing } from './auth/hashing.ts';
import type { Throttle } from './auth/throttle.ts';

const setup = createRoute({
  method: 'post',
  path: '/setup',
  tags: ['People'],
  summary: 'Become the first administrator',
  description: 'With the token that the first start printed, once. Then sign in as staff.',
  access: { actor: 'anonymous' },
  request: { body: { required: true, content: json(Setup) } },
  responses: { 204: { description: 'Done; sign in' } },
});

export const setupRoutes = ({ orm, config }: Parts, { hashing, throttle }: { hashing: Hashing; throttle: Throttle }) =>
  router().openapi(setup, async (c) => {
    const { token, email, name, password } = c.req.valid('json');
    const asOf = c.get('asOf');
    assertPassword(password, { kind: 'staff', email, names: ['Hostwright', config.SELLER_NAME] }, '/password');
    const guess = await throttle.guess({ kind: 'setup' }, c.get('network'), asOf);
    const passwordHash = await hashing.hash(password);
    const id = await useSetupToken(
      orm,
      token,
      { email, name, passwordHash },
      (em, userId) =>
        auditRequest(c, em, {
          action: 'staff.first_created',
          object: { type: 'user', id: userId },
          after: { email, role: 'super_admin' },
        }),
      asOf,
    );
    if (!id) {
      throw new Problem(
        403,
        'setup_refused',
        'The set-up token is wrong, used or older than a day, or an administrator exists already. A restart prints a new token if there is none.',
      );
    }
    await guess.right();
    return c.body(null, 204);
  });
