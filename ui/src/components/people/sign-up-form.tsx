import { Button, NativeSelect, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useRef } from 'react';
import { SignUp } from '#api/contracts/people.ts';
import { ask, client, newIdempotencyKey, Refused } from '../../api.ts';
import { useContractForm } from '../../form/form.ts';
import { signedIn, type Me } from '../../queries/people.ts';
import { COUNTRIES, likelyCountry } from './countries.ts';
import { Problem } from '../problem.tsx';

const FIELDS = { name: '', company: '', email: '', country: '', password: '' };

/** Signs up, and in with the same password: the answer to signing up never tells whether the address was known. */
export function SignUpForm({ onDone }: { onDone?: (me: Me) => void }) {
  const key = useRef({ for: '', key: '' });
  const form = useContractForm(SignUp, { ...FIELDS, country: likelyCountry() }, async (json) => {
    const request = JSON.stringify(json);
    if (key.current.for !== request) key.current = { for: request, key: newIdempotencyKey() };
    await ask(client['sign-up'].$post({ json, header: { 'idempotency-key': key.current.key } }));
    const { email, password } = json;
    const me = await ask(client['sign-in'].$post({ json: { email, password } })).catch((error: unknown) => {
      throw error instanceof Refused && error.status === 401 ? knownAlready(error) : error;
    });
    signedIn(me);
    onDone?.(me);
  });
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

const knownAlready = ({ requestId }: Refused) =>
  new Refused({
    type: 'about:blank',
    title: '',
    status: 401,
    code: 'sign_in_instead',
    detail: 'We could not sign you in with this password. If you have been here before, sign in with your own one.',
    request_id: requestId,
  });
