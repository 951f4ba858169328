import { Alert, Anchor, Button, Card, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import type { z } from 'zod';
import { UseAccountLink, type AccountLinkView } from '#api/contracts/account-links.ts';
import { ask, client, Refused } from '../api.ts';
import { Page } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { Waiting } from '../components/states.tsx';
import { useContractForm } from '../form/form.ts';
import { safeNext } from '../next.ts';
import { accountLinkQuery, signedIn } from '../queries/people.ts';

const route = getRouteApi('/account/$token');

type Purpose = NonNullable<z.infer<typeof AccountLinkView>['purpose']>;
const WORDS: Record<Purpose, { title: string; label: string; hint: string; button: string; autoComplete: string }> = {
  confirm_address: {
    title: 'Confirm your address',
    label: 'Password',
    hint: 'The one you chose while signing up.',
    button: 'Confirm and sign in',
    autoComplete: 'current-password',
  },
  password_reset: {
    title: 'Choose a new password',
    label: 'New password',
    hint: 'You are signed out everywhere else.',
    button: 'Set password and sign in',
    autoComplete: 'new-password',
  },
  invitation: {
    title: 'Choose a password for the portal',
    label: 'New password',
    hint: 'At least 8 characters; a few words are easy to remember and hard to guess.',
    button: 'Set password and sign in',
    autoComplete: 'new-password',
  },
};

/** Where links in mails about an account lead. Opening it changes nothing: mail scanners open it too. */
export function AccountLinkPage() {
  const { token } = route.useParams();
  const link = useQuery(accountLinkQuery(token));
  if (link.isPending) return <Waiting />;
  if (!link.data?.good) {
    return (
      <Page title="Your account" size="xs">
        {link.error ? (
          <Problem error={link.error} />
        ) : (
          <Alert color="yellow" title="This link is not good any more">
            It works once, and for a limited time. Sign in if you have used it;{' '}
            <Anchor renderRoot={(props) => <Link to="/forgot-password" {...props} />}>ask for a new one</Anchor> if not,
            or sign up again.
          </Alert>
        )}
      </Page>
    );
  }
  const { purpose, email } = link.data;
  return (
    <Page title={WORDS[purpose!].title} size="xs">
      <Card withBorder padding="lg">
        <PasswordForm token={token} purpose={purpose!} email={email!} />
      </Card>
    </Page>
  );
}

function PasswordForm({ token, purpose, email }: { token: string; purpose: Purpose; email: string }) {
  const { next } = route.useSearch();
  const { history } = useRouter();
  const words = WORDS[purpose];
  const form = useContractForm(UseAccountLink, { token, password: '' }, async (json) => {
    const { kind } = await ask(client['account-links'].$post({ json }));
    const way = kind === 'staff' ? client.staff['sign-in'] : client['sign-in'];
    const me = await ask(way.$post({ json: { email, password: json.password } })).catch((error: unknown) => {
      // The link is used; who has a second factor signs in with it.
      if (error instanceof Refused && error.code === 'second_factor_required') return undefined;
      throw error;
    });
    if (me) signedIn(me);
    const home = kind === 'staff' ? '/staff' : '/orders';
    history.push(safeNext(next, home));
  });
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['password']} />
        <TextInput label="E-mail" value={email} autoComplete="username" readOnly />
        <PasswordInput
          {...form.field('password', words.label)}
          autoComplete={words.autoComplete}
          description={words.hint}
          required
        />
        <Button type="submit" loading={form.sending}>
          {words.button}
        </Button>
      </Stack>
    </form>
  );
}
