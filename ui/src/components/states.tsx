import { Button, Group, Loader, Text } from '@mantine/core';
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Page } from './page.tsx';
import { Problem } from './problem.tsx';

export function Waiting() {
  return (
    <Group justify="center" py="xl" role="status">
      <Loader size="sm" />
      <Text c="dimmed">One moment</Text>
    </Group>
  );
}

export function NotThere() {
  return (
    <Page title="There is no such page" lead="The address may be mistyped, or what it showed is gone." size="sm">
      <Group>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>See the plans</Button>
      </Group>
    </Page>
  );
}

export function WentWrong({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Page title="This page could not be shown" size="sm">
      <Problem error={error} />
      <Group>
        <Button onClick={() => void router.invalidate()}>Try again</Button>
      </Group>
    </Page>
  );
}
