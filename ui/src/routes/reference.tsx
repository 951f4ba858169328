import { Anchor, List, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Refused } from '../api.ts';
import { Facts } from '../components/facts.tsx';
import { Page } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { operationsBySubject, schemaId, type ApiDocument } from '../components/reference/document.ts';
import { NamedSchema, OperationView } from '../components/reference/operation-view.tsx';
import { Prose } from '../components/reference/prose.tsx';
import { Section } from '../components/section.tsx';
import { Waiting } from '../components/states.tsx';
import { referenceQuery } from '../queries/reference.ts';

const TITLE = 'API reference';

/** Every operation of the API, from its own description. */
export function ReferencePage() {
  const { data, error, isPending } = useQuery(referenceQuery);
  if (isPending) return <Waiting />;
  if (!data) {
    return (
      <Page title={TITLE} size="sm">
        <Problem error={error} />
        {error instanceof Refused && error.status === 401 && (
          <Anchor renderRoot={(props) => <Link to="/staff/sign-in" search={{ next: '/reference' }} {...props} />}>
            Sign in as staff
          </Anchor>
        )}
      </Page>
    );
  }
  return <Reference document={data} />;
}

function Reference({ document: api }: { document: ApiDocument }) {
  const [wanted, setWanted] = useState('');
  const { hash } = useLocation();
  // A link leads to something closed: it is opened, and shown where the page was not ready when the browser looked for it.
  useEffect(() => {
    const target = hash ? document.getElementById(hash) : null;
    if (!target) return;
    if (target instanceof HTMLDetailsElement) target.open = true;
    target.focus();
    target.scrollIntoView();
  }, [hash]);

  const { info, servers = [], components } = api;
  const { schemas = {}, securitySchemes = {} } = components;
  const subjects = [...operationsBySubject(api, wanted)];
  const count = subjects.reduce((sum, [, operations]) => sum + operations.length, 0);
  const subjectId = (subject: string) => `subject-${subject.toLowerCase().replaceAll(' ', '-')}`;
  return (
    <Page title={TITLE} lead={info.description && <Prose text={info.description} />} size="lg">
      <Facts
        of={{
          Version: info.version,
          Address: servers[0]?.url,
          'For programs': <a href="/openapi.json">openapi.json</a>,
        }}
      />
      <Section id="proofs" title="Who asks">
        <Facts
          of={Object.fromEntries(
            Object.entries(securitySchemes).map(([name, { in: place, name: field, scheme, description }]) => [
              name,
              <Prose
                key={name}
                text={`${field ? `\`${field}\` in the ${place}` : `\`Authorization: ${scheme}\``}. ${description ?? ''}`}
              />,
            ]),
          )}
        />
      </Section>
      <Stack component="search" gap="xs">
        <TextInput
          label="Show only operations with"
          description="Part of an address, of what it does, or of a subject"
          type="search"
          value={wanted}
          onChange={({ currentTarget }) => setWanted(currentTarget.value)}
        />
        <div role="status">{count === 1 ? '1 operation' : `${count} operations`}</div>
      </Stack>
      <nav aria-label="Subjects">
        <List>
          {subjects.map(([subject]) => (
            <List.Item key={subject}>
              <Anchor href={`#${subjectId(subject)}`}>{subject}</Anchor>
            </List.Item>
          ))}
          <List.Item>
            <Anchor href="#schemas">Schemas</Anchor>
          </List.Item>
        </List>
      </nav>
      {subjects.map(([subject, operations]) => (
        <Section key={subject} id={subjectId(subject)} title={subject}>
          {operations.map((placed) => (
            <OperationView key={placed.id} placed={placed} schemas={schemas} />
          ))}
        </Section>
      ))}
      <Section id="schemas" title="Schemas">
        {Object.entries(schemas).map(([name, schema]) => (
          <NamedSchema key={name} id={schemaId(name)} name={name} schema={schema} />
        ))}
      </Section>
    </Page>
  );
}
