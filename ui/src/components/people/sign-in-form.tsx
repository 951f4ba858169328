import { Anchor, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { SignIn } from '#api/contracts/people.ts';
import { ask, client } from '../../api.ts';
import { useContractForm } from '../../form/form.ts';
import { signedIn, type Me } from '../../queries/people.ts';
import { Problem } from '../problem.tsx';

interface SignInFormProps {
  as?: 'customer' | 'staff';
  onDone?: (me: Me) => void;
}

export function SignInForm({ as = 'customer', onDone }: SignInFormProps) {
  const route = as === 'staff' ? client.staff['sign-in'] : client['sign-in'];
  const form = useContractForm(SignIn, { email: '', password: '' }, async (json) => {
    const me = await ask(route.$post({ json }));
    signedIn(me);
    onDone?.(me);
  });
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['email', 'password']} />
        <TextInput {...form.field('email', 'E-mail')} type="email" autoComplete="username" required />
        <PasswordInput {...form.field('password', 'Password')} autoComplete="current-password" required />
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
