import { Button, Group } from '@mantine/core';

/** The way to the panel an account is on; nothing while there is none, or nobody said where customers reach it. */
export function PanelButton({ url }: { url: string | null }) {
  if (!url) return null;
  return (
    <Group>
      <Button component="a" href={url} rel="noreferrer">
        Open the panel
      </Button>
    </Group>
  );
}
