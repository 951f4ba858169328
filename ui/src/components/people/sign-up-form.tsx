import { Alert, Button, NativeSelect, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { SignUp } from '#api/contracts/people.ts';
import { ask, client, newIdempotencyKey } from '../../api.ts';
import { useContractForm } from '../../form/form.ts';
import { COUNTRIES, likelyCountry } from './countries.ts';
import { Problem } from '../problem.tsx';
import { useTakenFocus } from '../use-taken-focus.ts';

const FIELDS = { name: '', company: '', email: '', country: '', password: '' };

/** Asks for an account; the mail that follows tells its reader what next, and nobody else. @param next  where the link goes on to */
export function SignUpForm({ next }: { next?: string | undefined }) {
  const key = useRef({ for: '', key: '' });
  const [asked, setAsked] = useState<string>();
  const form = useContractForm(SignUp, { ...FIELDS, country: likelyCountry() }, async (wish) => {
    const json = next ? { ...wish, next } : wish;
    const request = JSON.stringify(json);
    if (key.current.for !== request) key.current = { for: request, key: newIdempotencyKey() };
    await ask(client['sign-up'].$post({ json, header: { 'idempotency-key': key.current.key } }));
    setAsked(json.email);
  });
  if (asked) return <MailSent to={asked} />;
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={Object.keys(FIELDS)} />
        <TextInput {...form.field('name', 'Your name')} autoComplete="name" required />
        <TextInput {...form.field('company', 'Company')} autoComplete="organization" description="If it is the buyer" />
        <TextInput {...form.field('email', 'E-mail')} type="email" autoComplete="username" required />
        <NativeSelect
          {...form.field('country', 'Country')}
          autoComplete="country"
          data={[{ value: '', label: 'Choose a country' }, ...COUNTRIES]}
          required
        />
        <PasswordInput
          {...form.field('password', 'Password')}
          autoComplete="new-password"
          description="At least 8 characters; a few words are easy to remember and hard to guess."
          required
        />
        <Button type="submit" loading={form.sending}>
          Create account
        </Button>
        <Text size="sm" c="dimmed">
          Name, company and country are what your invoices say.
        </Text>
      </Stack>
    </form>
  );
}

/** In the place of the form that asked for it. */
export function MailSent({ to }: { to: string }) {
  const here = useTakenFocus();
  return (
    <Alert ref={here} tabIndex={-1} color="teal" title="Look into your mailbox">
      A mail is on its way to {to}. Open the link in it to go on. Nothing there after a few minutes? Look among what was
      sorted out as spam, check the address, and ask again.
    </Alert>
  );
}
