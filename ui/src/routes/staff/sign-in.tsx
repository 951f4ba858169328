import { Card } from '@mantine/core';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { Page } from '../../components/page.tsx';
import { SignInForm } from '../../components/people/sign-in-form.tsx';
import { safeNext } from '../../next.ts';

const route = getRouteApi('/staff/sign-in');

export function StaffSignInPage() {
  const { next } = route.useSearch();
  const { history } = useRouter();
  return (
    <Page title="Staff sign-in" size="xs">
      <Card withBorder padding="lg">
        <SignInForm as="staff" onDone={() => history.push(safeNext(next, '/staff'))} />
      </Card>
    </Page>
  );
}
