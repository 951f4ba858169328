import { Card, Text, Timeline, Title } from '@mantine/core';
import type { OrderView } from '#api/contracts/orders.ts';
import { preciseText } from '../words.ts';

/** What happened so far, oldest first. */
export function OrderStory({ story: { happened } }: { story: OrderView['story'] }) {
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="happened">
      <Title order={2} size="h4" id="happened" mb="md">
        What happened
      </Title>
      <Timeline active={happened.length} bulletSize={16} lineWidth={2} aria-live="polite">
        {happened.map(({ at, kind, text }) => (
          <Timeline.Item key={`${at} ${kind} ${text}`}>
            <Text>{text}</Text>
            <Text size="xs" c="dimmed" component="time" dateTime={at}>
              {preciseText(at)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Card>
  );
}
