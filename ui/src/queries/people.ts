import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { Me as MeContract } from '#api/contracts/people.ts';
import { ask, client, holdCsrfToken, Refused, whenStranger } from '../api.ts';
import { queries } from './client.ts';

export type Me = z.infer<typeof MeContract>;

/** Who is signed in; null for nobody. Asked again when the page is looked at again: another tab may have changed it. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me | null> => {
    const me = await ask(client.me.$get()).catch((error: unknown) => {
      if (error instanceof Refused && error.status === 401) return null;
      throw error;
    });
    holdCsrfToken(me?.csrf_token ?? null);
    return me;
  },
});

export const accountLinkQuery = (token: string) =>
  queryOptions({
    queryKey: ['account-link', token],
    queryFn: () => ask(client['account-links'][':token'].$get({ param: { token } })),
    // Asked once: a used link must not take the answer to its use off the screen.
    staleTime: Infinity,
  });

export const secondFactorQuery = queryOptions({
  queryKey: ['second-factor'],
  queryFn: () => ask(client.me['second-factor'].$get()),
});

/** Takes over another identity: nothing of the one before stays in memory. */
export function signedIn(me: Me): void {
  holdCsrfToken(me.csrf_token);
  forgetPersonal();
  queries.setQueryData(meQuery.queryKey, me);
}

export function signedOut(): void {
  holdCsrfToken(null);
  queries.setQueryData(meQuery.queryKey, null);
}

// The session ended, here or elsewhere: whoever shows personal things notices, and asks to sign in.
whenStranger(signedOut);

/** Plans and ways to pay are everybody's. */
const PUBLIC = new Set(['me', 'plans', 'gateways']);
export const forgetPersonal = (): void =>
  queries.removeQueries({ predicate: ({ queryKey }) => !PUBLIC.has(String(queryKey[0])) });
