import { Anchor, Card, Text } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Page } from '../components/page.tsx';
import { SignUpForm } from '../components/people/sign-up-form.tsx';

const route = getRouteApi('/sign-up');

export function SignUpPage() {
  const { next } = route.useSearch();
  return (
    <Page title="Create an account" size="xs">
      <Card withBorder padding="lg">
        <SignUpForm next={next} />
      </Card>
      <Text>
        Been here before?{' '}
        <Anchor renderRoot={(props) => <Link to="/sign-in" search={{ next }} {...props} />}>Sign in</Anchor>
      </Text>
    </Page>
  );
}
