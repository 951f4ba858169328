import { Anchor, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { SignIn } from '#api/contracts/people.ts';
import { ask, client, Refused } from '../../api.ts';
import { useState } from 'react';
import { useContractForm } from '../../form/form.ts';
import { signedIn, type Me } from '../../queries/people.ts';
import { Problem } from '../problem.tsx';

interface SignInFormProps {
  as?: 'customer' | 'staff';
  onDone?: (me: Me) => void;
}

export function SignInForm({ as = 'customer', onDone }: SignInFormProps) {
  const route = as === 'staff' ? client.staff['sign-in'] : client['sign-in'];
  const [asksCode, setAsksCode] = useState(false);
  const form = useContractForm(SignIn, { email: '', password: '', code: '' }, async (json) => {
    const me = await ask(route.$post({ json })).catch((error: unknown) => {
      if (error instanceof Refused && error.code === 'second_factor_required') return setAsksCode(true);
      throw error;
    });
    if (!me) return;
    signedIn(me);
    onDone?.(me);
  });
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['email', 'password', 'code']} />
        <TextInput {...form.field('email', 'E-mail')} type="email" autoComplete="username" required />
        <PasswordInput {...form.field('password', 'Password')} autoComplete="current-password" required />
        {asksCode && (
          <TextInput
            {...form.field('code', 'Code')}
            autoComplete="one-time-code"
            description="Six digits from your authenticator app, or one of your recovery codes."
            autoFocus
            required
          />
        )}
        <Button type="submit" loading={form.sending}>
          Sign in
        </Button>
        <Anchor
          size="sm"
          renderRoot={(props) => <Link to="/forgot-password" search={as === 'staff' ? { as } : {}} {...props} />}
        >
          Forgot your password?
        </Anchor>
      </Stack>
    </form>
  );
}
