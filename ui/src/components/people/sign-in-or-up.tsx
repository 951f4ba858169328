import { Tabs } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { SignInForm } from './sign-in-form.tsx';
import { focusOn } from '../use-taken-focus.ts';
import { SignUpForm } from './sign-up-form.tsx';

/** On the way to something else: whoever is done goes on where he was. */
export function SignInOrUp() {
  const { href } = useLocation();
  return (
    <Tabs defaultValue="new" keepMounted={false}>
      <Tabs.List mb="md" grow>
        <Tabs.Tab value="new">I am new here</Tabs.Tab>
        <Tabs.Tab value="known">I have an account</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="new">
        <SignUpForm next={href} />
      </Tabs.Panel>
      <Tabs.Panel value="known">
        <SignInForm onDone={() => focusOn('buyer')} />
      </Tabs.Panel>
    </Tabs>
  );
}
