import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ask, client } from '../../api.ts';
import { tasksQuery } from '../../queries/desk.ts';
import { instantText, localText } from '../../words/reader.ts';
import { customerText } from '../../words/words.ts';
import { Problem } from '../problem.tsx';
import { focusOn } from '../use-taken-focus.ts';
import { Waiting } from '../states.tsx';

/** What a person should look at that holds nothing up, until somebody says it is done. */
export function Tasks() {
  const queries = useQueryClient();
  const { data: tasks, error, isPending } = useQuery(tasksQuery);
  const done = useMutation({
    mutationFn: (id: string) => ask(client.tasks[':id'].done.$post({ param: { id } })),
    onSuccess: () => focusOn('tasks'),
    onSettled: () => queries.invalidateQueries({ queryKey: tasksQuery.queryKey }),
  });
  if (isPending) return <Waiting />;
  return (
    <Stack>
      <Problem error={error ?? done.error} />
      {tasks?.length === 0 && <Text c="dimmed">There is nothing to do.</Text>}
      {tasks?.map(({ id, title, text, order, customer, opened_at: openedAt }) => (
        <Group key={id} justify="space-between" align="flex-start" wrap="nowrap">
          <Stack gap={2}>
            <Text fw={600}>{title}</Text>
            <Text>{localText(text)}</Text>
            <Text size="sm" c="dimmed">
              {order && (
                <>
                  <Anchor
                    size="sm"
                    renderRoot={(props) => <Link to="/orders/$id" params={{ id: order.id }} {...props} />}
                  >
                    {order.reference}
                  </Anchor>
                  {', '}
                </>
              )}
              {customer && `${customerText(customer)}, `}
              {instantText(openedAt)}
            </Text>
          </Stack>
          <Button
            variant="default"
            size="compact-sm"
            style={{ flexShrink: 0 }}
            loading={done.isPending && done.variables === id}
            onClick={() => done.mutate(id)}
            aria-label={`Done: ${localText(text)}`}
          >
            Done
          </Button>
        </Group>
      ))}
    </Stack>
  );
}
