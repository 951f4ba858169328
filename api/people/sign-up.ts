import { newId, reference } from '#domain/ids.ts';
import { asNobody } from '#db/acting.ts';
import { createRoute, router } from '../http/router.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { IdempotencyKey, json } from '../contracts/common.ts';
import { SignUp, SignUpAnswer } from '../contracts/people.ts';
import { assertPassword } from './auth/new-password.ts';
import type { Hashing } from './auth/hashing.ts';
import { once } from '../http/idempotency.ts';

const signUp = createRoute({
  method: 'post',
  path: '/sign-up',
  tags: ['People'],
  summary: 'Become a customer',
  description: 'Answers the same whether the address was free or not. Then sign in with the same password.',
  access: { actor: 'anonymous' },
  limit: 'registration',
  request: { headers: IdempotencyKey, body: { required: true, content: json(SignUp) } },
  responses: { 202: { description: 'Taken; now sign in', content: json(SignUpAnswer) } },
});

export const signUpRoutes = ({ orm, config }: Parts, hashing: Hashing) =>
  router().openapi(signUp, async (c) => {
    const { email, password, name, company, country } = c.req.valid('json');
    assertPassword(password, { kind: 'customer', email, names: ['Hostwright', config.SELLER_NAME] }, '/password');
    // Hashed whether it is needed or not, so that the time does not tell (AUTH-03).
    const passwordHash = await hashing.hash(password);
    const asOf = c.get('asOf');
    const answer = await asNobody(orm, (em) =>
      once(c, em, async () => {
        const customerId = newId();
        const [found] = await em.execute<{ known: boolean }[]>(
          `select exists (select 1 from customer where lower(email) = lower(?)) as known`,
          [email],
        );
        const known = found!.known;
        // For a known address the same rows are written, under one that nobody has, and taken back: the work is the same.
        await em.execute('savepoint signing_up');
        await em.execute(
          `insert into customer (id, reference, email, name, company, country, created_at) values (?, ?, ?, ?, ?, ?, ?)
           on conflict do nothing`,
          [
            customerId,
            reference('C', customerId),
            known ? `${customerId}@nobody.invalid` : email,
            name,
            company ?? null,
            country,
            asOf,
          ],
        );
        const made = await em.execute(
          `insert into user_account (id, kind, customer_id, email, name, password_hash, created_at)
           select ?, 'customer', id, email, name, ?, ? from customer where id = ?
           on conflict do nothing returning id`,
          [newId(), passwordHash, asOf, customerId],
        );
        await em.execute(known ? 'rollback to savepoint signing_up' : 'release savepoint signing_up');
        const isNew = !known && made.length > 0;
        auditRequest(c, em, {
          action: isNew ? 'customer.signed_up' : 'customer.sign_up_repeated',
          object: { type: 'customer', id: isNew ? customerId : undefined },
          customerId: isNew ? customerId : undefined,
        });
        return { next: 'sign_in' as const };
      }),
    );
    return c.json(answer, 202);
  });
