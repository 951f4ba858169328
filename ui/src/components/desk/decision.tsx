import { Alert, Button, Card, NativeSelect, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import { Decide, type IncidentView } from '#api/contracts/incidents.ts';
import { ask, client } from '../../api.ts';
import { useContractForm } from '../../form/form.ts';
import { nodesQuery } from '../../queries/nodes.ts';
import { Choices } from '../choices.tsx';
import { Problem } from '../problem.tsx';
import { useTakenFocus } from '../use-taken-focus.ts';
import { localText } from '../../words/reader.ts';

type Incident = z.infer<typeof IncidentView>;
type Choice = Incident['choices'][number];

interface DecisionProps {
  incident: Incident;
  /** What the workflow answered to the decision that was made here. */
  said: string | undefined;
  onSaid: (said: string) => void;
}

/** Lets staff decide what a parked step does, while it waits. */
export function Decision({ incident: { id, status, choices }, said, onSaid }: DecisionProps) {
  const queries = useQueryClient();
  const [action, setAction] = useState(choices[0]?.action);
  const choice = choices.find((one) => one.action === action);

  const decide = async (decision: z.infer<typeof Decide>) => {
    const answer = await ask(client.incidents[':id'].decisions.$post({ param: { id }, json: decision }));
    onSaid(answer.said);
    await queries.invalidateQueries({ queryKey: ['incidents'] });
  };

  // What the workflow answered stays, also when the incident is decided a moment later.
  if (said) return <Answered said={said} />;
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
          of={choices.map((one) => ({ value: one.action, title: one.label, text: localText(one.does) }))}
        />
        {choice && <DecisionForm key={choice.action} choice={choice} decide={decide} />}
      </Stack>
    </Card>
  );
}

function Answered({ said }: { said: string }) {
  const here = useTakenFocus();
  return <Alert ref={here} tabIndex={-1} color="teal" role="status" title={`Done: ${localText(said)}`} />;
}

interface DecisionFormProps {
  choice: Choice;
  decide: (decision: z.infer<typeof Decide>) => Promise<void>;
}

function DecisionForm({ choice: { action, label, fields }, decide }: DecisionFormProps) {
  const inputs = Object.fromEntries(fields.map(({ name }) => [`input/${name}`, '']));
  const form = useContractForm(Decide, { action, note: '', ...inputs }, decide);
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['note', ...Object.keys(inputs)]} />
        {fields.map((field) => (
          <RetryInput key={field.name} kind={field.kind} field={form.field(`input/${field.name}`, field.label)} />
        ))}
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
          {label}
        </Button>
      </Stack>
    </form>
  );
}

type Field = ReturnType<ReturnType<typeof useContractForm>['field']>;

function RetryInput({ kind, field }: { kind: Choice['fields'][number]['kind']; field: Field }) {
  switch (kind) {
    case 'node':
      return <NodeSelect {...field} />;
    case 'package':
      return <TextInput {...field} description="The panel’s own id of it" />;
    case 'username':
      return <TextInput {...field} autoComplete="off" spellCheck={false} />;
  }
}

function NodeSelect(field: Field) {
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
