import { Code, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Facts } from '../facts.tsx';
import type { ApiDocument, Operation, PlacedOperation, Schema } from './document.ts';
import { exampleOf } from './example.ts';
import { Prose } from './prose.tsx';
import { SchemaView } from './schema-view.tsx';

type Schemas = NonNullable<ApiDocument['components']['schemas']>;

/** One operation: who may call it, what it takes and what it answers. Closed until somebody opens it or comes by its link. */
export function OperationView({
  placed: { id, method, path, operation },
  schemas,
}: {
  placed: PlacedOperation;
  schemas: Schemas;
}) {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation;
  return (
    <details id={id} className="operation" tabIndex={-1}>
      <summary>
        <Code>
          {method} {path}
        </Code>{' '}
        {summary && <Prose text={summary} />}
      </summary>
      {description && (
        <Text mt="sm">
          <Prose text={description} />
        </Text>
      )}
      <Facts of={{ For: <Access operation={operation} /> }} />
      {parameters.length > 0 && (
        <Part title="Parameters">
          <ul className="fields">
            {parameters.map(({ name, in: place, required, description: says, schema = {} }) => (
              <li key={`${place} ${name}`}>
                <Code>{name}</Code> in {place === 'header' ? 'the header' : `the ${place}`},{' '}
                {/* Said once, by the parameter, where both say it. */}
                <SchemaView schema={{ ...schema, ...(says && { description: says }) }} isOptional={!required} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {Object.entries(requestBody?.content ?? {}).map(([type, { schema, example }]) => (
        <Part key={type} title={`Body, ${type}`}>
          {schema && <SchemaView schema={schema} isOptional={!requestBody?.required} />}
          {schema && <Example of={`a body for ${method} ${path}`} value={example ?? exampleOf(schema, schemas)} />}
        </Part>
      ))}
      <Part title="Answers">
        <ul className="fields">
          {Object.entries(responses).map(([status, answer]) => (
            <li key={status}>
              <Code>{status === 'default' ? 'otherwise' : status}</Code>{' '}
              {answer.description && <Prose text={answer.description} />}
              {Object.entries(answer.content ?? {}).map(([type, { schema, example }]) => (
                <div key={type}>
                  {type}: {schema && <SchemaView schema={schema} />}
                  {schema && status.startsWith('2') && type === 'application/json' && (
                    <Example
                      of={`an answer ${status} of ${method} ${path}`}
                      value={example ?? exampleOf(schema, schemas)}
                    />
                  )}
                </div>
              ))}
            </li>
          ))}
        </ul>
      </Part>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <Title order={3} size="h6" mt="md">
        {title}
      </Title>
      {children}
    </>
  );
}

/** Long lines break, so that nothing has to be scrolled sideways. */
function Example({ of, value }: { of: string; value: unknown }) {
  return (
    <section aria-label={`Example of ${of}`}>
      <Code block className="message">
        {JSON.stringify(value, null, 2)}
      </Code>
    </section>
  );
}

const ACTORS: Record<string, string> = {
  anonymous: 'anyone',
  customer: 'customers',
  staff: 'staff',
  person: 'customers and staff',
  panel: 'panels',
  gateway: 'gateways',
  machine: 'tools of operation',
};
/** What concerns only who asks is no permission of staff. */
const OWN = ['self', 'session', 'enrolment'];

function Access({ operation: { 'x-access': access, security = [] } }: { operation: Operation }) {
  const proofs = security.map((all) => Object.keys(all).join(' with ')).filter(Boolean);
  const { actor = 'anonymous', permission = 'self', fresh } = access ?? {};
  return [
    ACTORS[actor] ?? actor,
    ...(OWN.includes(permission) ? [] : [`staff need the permission ${permission}`]),
    ...(proofs.length > 0 ? [`by ${proofs.join(', or ')}`] : []),
    ...(fresh ? ['who said who they are within ten minutes'] : []),
  ].join('; ');
}

/** A schema with a name, where links to it lead. */
export function NamedSchema({ id, name, schema }: { id: string; name: string; schema: Schema }) {
  return (
    <details id={id} className="operation" tabIndex={-1}>
      <summary>
        <Code>{name}</Code>
      </summary>
      <SchemaView schema={schema} />
    </details>
  );
}
