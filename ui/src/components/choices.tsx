import { Group, Radio, Stack, Text } from '@mantine/core';

interface ChoicesProps<V extends string> {
  label: string;
  value: V | undefined;
  onChange: (value: V) => void;
  of: readonly { value: V; title: string; text: string }[];
}

/** One of a few, each with a line that says what it is. */
export function Choices<V extends string>({ label, value, onChange, of }: ChoicesProps<V>) {
  if (of.length === 0) return null;
  return (
    <Radio.Group label={label} value={value ?? null} onChange={(chosen) => onChange(chosen as V)}>
      <Stack gap="xs" mt={4}>
        {of.map((one) => (
          <Radio.Card key={one.value} value={one.value} className="choice" p="sm">
            <Group wrap="nowrap" gap="sm">
              <Radio.Indicator />
              <div>
                <Text fw={500}>{one.title}</Text>
                <Text size="sm" c="dimmed">
                  {one.text}
                </Text>
              </div>
            </Group>
          </Radio.Card>
        ))}
      </Stack>
    </Radio.Group>
  );
}
