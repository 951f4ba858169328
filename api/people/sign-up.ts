import { asNobody } from '#db/acting.ts';
import { createRoute, router } from '../http/router.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { IdempotencyKey, json } from '../contracts/common.ts';
import { SignUp, SignUpAnswer } from '../contracts/people.ts';
import { requestAccount } from './auth/account-requests.ts';
import { assertPassword } from './auth/new-password.ts';
import type { Hashing } from './auth/hashing.ts';
import { once } from '../http/idempotency.ts';

const signUp = createRoute({
  method: 'post',
  path: '/sign-up',
  tags: ['People'],
  summary: 'Ask to become a customer',
  description:
    'Answers the same whether the address was free or not; the mail that follows goes to its owner and says what next. The account exists once its link was used, with this password: POST /account-links.',
  access: { actor: 'anonymous' },
  limit: 'registration',
  request: { headers: IdempotencyKey, body: { required: true, content: json(SignUp) } },
  responses: { 202: { description: 'A mail is on its way', content: json(SignUpAnswer) } },
});

export const signUpRoutes = ({ orm, config }: Parts, hashing: Hashing) =>
  router().openapi(signUp, async (c) => {
    const { email, password, ...applicant } = c.req.valid('json');
    assertPassword(password, { kind: 'customer', email, names: ['Hostwright', config.SELLER_NAME] }, '/password');
    const passwordHash = await hashing.hash(password);
    const answer = await asNobody(orm, (em) =>
      once(c, em, async () => {
        const wish = { kind: 'sign_up', userKind: 'customer', email, applicant, passwordHash } as const;
        const id = await requestAccount(em, wish, c.get('asOf'));
        auditRequest(c, em, { action: 'account.sign_up_requested', object: { type: 'account_request', id } });
        return { next: 'confirm_address' as const };
      }),
    );
    return c.json(answer, 202);
  });
