import type { ReactNode } from 'react';
import { Button, CopyButton, Group, Text } from '@mantine/core';

interface SecretProps {
  label: string;
  value: string;
  /** Further buttons. */
  children?: ReactNode;
}

/** Something to copy and keep, shown as it is. */
export function Secret({ label, value, children }: SecretProps) {
  return (
    <Group gap="sm" wrap="wrap">
      <Text className="secret" component="output" aria-label={label}>
        {value}
      </Text>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="light" onClick={copy} aria-label={`Copy ${label}`}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
      {children}
    </Group>
  );
}
