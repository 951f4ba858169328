import { Text, Timeline } from '@mantine/core';
import type { OrderView } from '#api/contracts/orders.ts';
import { instantText, localText } from '../../words/reader.ts';
import { Section } from '../section.tsx';

/** What happened so far, oldest first. */
export function OrderStory({ story: { happened } }: { story: OrderView['story'] }) {
  return (
    <Section id="happened" title="What happened" gap="md">
      <Timeline active={happened.length} bulletSize={16} lineWidth={2} aria-live="polite">
        {happened.map(({ at, kind, text }) => (
          <Timeline.Item key={`${at} ${kind} ${text}`}>
            <Text>{localText(text)}</Text>
            <Text size="xs" c="dimmed" component="time" dateTime={at}>
              {instantText(at)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  );
}
