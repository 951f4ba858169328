import { Badge } from '@mantine/core';
import { STATUS } from '../words/words.ts';

export function StatusBadge({ status }: { status: keyof typeof STATUS }) {
  const { text, color } = STATUS[status];
  return (
    <Badge color={color} variant="light" size="lg" tt="none" miw="max-content">
      {text}
    </Badge>
  );
}
