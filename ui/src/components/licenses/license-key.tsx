import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { OrderView } from '#api/contracts/orders.ts';
import { ask, client } from '../../api.ts';
import { Problem } from '../problem.tsx';
import { Secret } from '../secret.tsx';

/** Masked until it is asked for; the key stays in this component and goes with it. */
export function LicenseKey({ license: { id, key_hint: hint } }: { license: NonNullable<OrderView['license']> }) {
  const [wasShown, setWasShown] = useState(false);
  const reveal = useMutation({
    mutationFn: () => ask(client.licenses[':id'].reveal.$post({ param: { id } })),
    onSuccess: () => setWasShown(true),
    gcTime: 0,
  });
  if (reveal.data) {
    return (
      <Secret label="license key" value={reveal.data.key}>
        <Button variant="subtle" size="compact-sm" autoFocus onClick={() => reveal.reset()}>
          Hide
        </Button>
      </Secret>
    );
  }
  return (
    <>
      <Group gap="sm">
        <Text className="secret">{hint}</Text>
        <Button
          variant="light"
          size="compact-sm"
          autoFocus={wasShown}
          loading={reveal.isPending}
          onClick={() => reveal.mutate()}
        >
          Reveal
        </Button>
      </Group>
      <Problem error={reveal.error} />
    </>
  );
}
