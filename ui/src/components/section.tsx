import { Card, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface SectionProps {
  /** Of its title, one on a page. */
  id: string;
  title: string;
  /** Between the title and what follows. */
  gap?: 'sm' | 'md';
  children: ReactNode;
}

/** A part of a page with a title, which is its name for those who do not see it. */
export function Section({ id, title, gap = 'sm', children }: SectionProps) {
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby={id}>
      <Title order={2} size="h4" id={id} tabIndex={-1} mb={gap}>
        {title}
      </Title>
      {children}
    </Card>
  );
}
