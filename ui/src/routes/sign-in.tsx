import { Anchor, Card, Text } from '@mantine/core';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { Page } from '../components/page.tsx';
import { SignInForm } from '../components/people/sign-in-form.tsx';
import { safeNext } from '../next.ts';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { next } = route.useSearch();
  const { history } = useRouter();
  return (
    <Page title="Sign in" size="xs">
      <Card withBorder padding="lg">
        <SignInForm onDone={() => history.push(safeNext(next, '/orders'))} />
      </Card>
      <Text>
        New here?{' '}
        <Anchor renderRoot={(props) => <Link to="/sign-up" search={{ next }} {...props} />}>Create an account</Anchor>
      </Text>
    </Page>
  );
}
