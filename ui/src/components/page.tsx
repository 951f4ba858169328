import { Container, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface PageProps {
  title: string;
  /** One sentence under the title. */
  lead?: ReactNode;
  /** Beside the title. */
  aside?: ReactNode;
  size?: 'xs' | 'sm' | 'md' | 'lg';
  children?: ReactNode;
}

/** A page with its one first heading, which is also the title of the window. */
export function Page({ title, lead, aside, size = 'md', children }: PageProps) {
  useDocumentTitle(`${title} · Hostwright`);
  return (
    <Container size={size} py="xl">
      <Stack gap="lg">
        <Stack gap={4}>
          <Group gap="sm">
            <Title order={1} size="h2">
              {title}
            </Title>
            {aside}
          </Group>
          {lead && <Text c="dimmed">{lead}</Text>}
        </Stack>
        {children}
      </Stack>
    </Container>
  );
}
