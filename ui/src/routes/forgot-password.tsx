import { Button, Card, Stack, Text, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { AskPasswordReset } from '#api/contracts/account-links.ts';
import { ask, client } from '../api.ts';
import { Page } from '../components/page.tsx';
import { MailSent } from '../components/people/sign-up-form.tsx';
import { Problem } from '../components/problem.tsx';
import { useContractForm } from '../form/form.ts';

const route = getRouteApi('/forgot-password');

/** For whoever cannot get in: a link is mailed to the address, if there is an account. */
export function ForgotPasswordPage() {
  const { as } = route.useSearch();
  const [asked, setAsked] = useState<string>();
  const way = as === 'staff' ? client.staff['password-reset'] : client['password-reset'];
  const form = useContractForm(AskPasswordReset, { email: '' }, async (json) => {
    await ask(way.$post({ json }));
    setAsked(json.email);
  });
  return (
    <Page title="Choose a new password" size="xs">
      <Card withBorder padding="lg">
        {asked ? (
          <MailSent to={asked} />
        ) : (
          <form {...form.form}>
            <Stack>
              <Text size="sm">We mail a link to your address. It works for half an hour.</Text>
              <Problem error={form.problem} fields={['email']} />
              <TextInput {...form.field('email', 'E-mail')} type="email" autoComplete="username" required />
              <Button type="submit" loading={form.sending}>
                Send the link
              </Button>
            </Stack>
          </form>
        )}
      </Card>
    </Page>
  );
}
