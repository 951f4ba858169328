import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** A table that scrolls sideways where it has no room, also by keyboard. @param label  its name, which no section has */
export function ScrollableTable({
  label,
  minWidth,
  children,
}: {
  label: string;
  minWidth: number;
  children: ReactNode;
}) {
  return (
    <Table.ScrollContainer type="native" minWidth={minWidth} tabIndex={0} role="region" aria-label={label}>
      {children}
    </Table.ScrollContainer>
  );
}
