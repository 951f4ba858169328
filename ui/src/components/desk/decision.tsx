import { Alert, Button, Card, NativeSelect, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import { Decide, type IncidentView } from '#api/contracts/incidents.ts';
import { ask, client } from '../../api.ts';
import { useContractForm } from '../../form/form.ts';
import { nodesQuery } from '../../queries/queries.ts';
import { Choices } from '../choices.tsx';
import { Problem } from '../problem.tsx';

type Incident = z.infer<typeof IncidentView>;
type Choice = Incident['choices'][number];

/** Inputs of a retry, by their names in the API. */
const INPUTS = { node_id: 'Another node', package_id: 'Another package', username: 'Another user name' };
/** The choices' texts name inputs as the workflow does, which the Temporal UI shows too. */
const WORKFLOW_NAMES: Record<string, string> = { nodeId: 'node_id', packageId: 'package_id' };
const readable = (text: string): string =>
  text.replaceAll(/`(\w+)`/g, (_, name: string) => {
    const input = WORKFLOW_NAMES[name] ?? name;
    return `“${input in INPUTS ? INPUTS[input as keyof typeof INPUTS] : name}”`;
  });

const TITLES = { retry: 'Retry', skip: 'Skip this step', abort: 'Abort and undo' };

/** Lets staff decide what a parked step does, while it waits. */
export function Decision({ incident: { id, status, choices } }: { incident: Incident }) {
  const queries = useQueryClient();
  const [action, setAction] = useState(choices[0]?.action);
  const [said, setSaid] = useState<string>();
  const choice = choices.find((one) => one.action === action);

  const decide = async (decision: z.infer<typeof Decide>) => {
    const answer = await ask(client.incidents[':id'].decisions.$post({ param: { id }, json: decision }));
    setSaid(answer.said);
    await queries.invalidateQueries({ queryKey: ['incidents'] });
  };

  // What the workflow answered stays, also when the incident is decided a moment later.
  if (said) return <Alert color="teal" role="status" title={`Done: ${said}`} />;
  if (status !== 'open') return null;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="decide">
      <Stack>
        <Title order={2} size="h4" id="decide">
          Decide
        </Title>
        <Choices
          label="What to do"
          value={action}
          onChange={setAction}
          of={choices.map((one) => ({ value: one.action, title: TITLES[one.action], text: readable(one.does) }))}
        />
        {choice && <DecisionForm key={choice.action} choice={choice} decide={decide} />}
      </Stack>
    </Card>
  );
}

interface DecisionFormProps {
  choice: Choice;
  decide: (decision: z.infer<typeof Decide>) => Promise<void>;
}

function DecisionForm({ choice: { action, fields }, decide }: DecisionFormProps) {
  const inputs = Object.fromEntries(fields.map((field) => [`input/${field}`, '']));
  const form = useContractForm(Decide, { action, note: '', ...inputs }, decide);
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['note', ...Object.keys(inputs)]} />
        {fields.includes('node_id') && <NodeSelect {...form.field('input/node_id', INPUTS.node_id)} />}
        {fields.includes('package_id') && (
          <TextInput {...form.field('input/package_id', INPUTS.package_id)} description="The panel’s own id of it" />
        )}
        {fields.includes('username') && (
          <TextInput {...form.field('input/username', INPUTS.username)} autoComplete="off" spellCheck={false} />
        )}
        {fields.length > 0 && (
          <Text size="sm" c="dimmed">
            What is left empty stays as it was.
          </Text>
        )}
        <Textarea
          {...form.field('note', 'Note')}
          description="Says why, for whoever reads the history"
          required={action !== 'retry'}
          rows={3}
        />
        <Button type="submit" loading={form.sending} color={action === 'abort' ? 'red' : undefined}>
          {TITLES[action]}
        </Button>
      </Stack>
    </form>
  );
}

function NodeSelect(field: ReturnType<ReturnType<typeof useContractForm>['field']>) {
  const { data: nodes = [] } = useQuery(nodesQuery);
  return (
    <NativeSelect
      {...field}
      data={[
        { value: '', label: 'The same, or the least used one' },
        ...nodes.map(({ id, name, free_slots: free, takes_orders: takes }) => ({
          value: id,
          label: `${name}, ${free} free${takes ? '' : ', takes no orders'}`,
        })),
      ]}
    />
  );
}
