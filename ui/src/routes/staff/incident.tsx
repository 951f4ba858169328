import { vendorLabel } from '#api/contracts/vendors.ts';
import { Anchor, Badge, Card, Code, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { z } from 'zod';
import type { IncidentView } from '#api/contracts/incidents.ts';
import { Decision } from '../../components/desk/decision.tsx';
import { Facts } from '../../components/facts.tsx';
import { WorkflowLink } from '../../components/orders/order-for-staff.tsx';
import { Page } from '../../components/page.tsx';
import { Problem } from '../../components/problem.tsx';
import { Waiting } from '../../components/states.tsx';
import { incidentQuery } from '../../queries/desk.ts';
import { instantText, localText } from '../../words/reader.ts';
import { customerText } from '../../words/words.ts';
import { Section } from '../../components/section.tsx';

const route = getRouteApi('/staff/incidents/$id');

/** A step that waits for a person: the exact error, and what can be decided. */
export function IncidentPage() {
  const { id } = route.useParams();
  // Another incident is another page, also when a link of this one leads to it.
  return <IncidentById key={id} id={id} />;
}

function IncidentById({ id }: { id: string }) {
  const [said, setSaid] = useState<string>();
  const { data: incident, error, isPending } = useQuery(incidentQuery(id));
  if (isPending) return <Waiting />;
  if (!incident) {
    return (
      <Page title="Incident" size="sm">
        <Problem error={error} />
      </Page>
    );
  }
  const { order } = incident;
  // The workflow has taken the decision, and writes it down a moment later.
  const isGoingOn = said !== undefined && incident.status === 'open';
  return (
    <Page
      title={localText(incident.title)}
      lead={`${incident.step}: ${incident.reason}`}
      aside={
        <Badge color={incident.status === 'open' && !isGoingOn ? 'red' : 'gray'} variant="light" tt="none">
          {isGoingOn ? 'decided, going on' : incident.status}
        </Badge>
      }
      size="sm"
    >
      <Code block className="message">
        {localText(incident.message)}
      </Code>
      <Card withBorder padding="lg">
        <Facts
          of={{
            Order: order && (
              <Anchor renderRoot={(props) => <Link to="/orders/$id" params={{ id: order.id }} {...props} />}>
                {order.reference}
              </Anchor>
            ),
            Customer: incident.customer && customerText(incident.customer),
            Node: incident.node?.name,
            Gateway: incident.gateway,
            Vendor: incident.adapter && vendorLabel(incident.adapter),
            'Shared cause': incident.parent_id && (
              <Anchor
                renderRoot={(props) => (
                  <Link to="/staff/incidents/$id" params={{ id: incident.parent_id! }} {...props} />
                )}
              >
                the incident that stands for it
              </Anchor>
            ),
            Opened: instantText(incident.opened_at),
            Closed: incident.closed_at && instantText(incident.closed_at),
            Workflow: <WorkflowLink id={incident.workflow_id} url={incident.workflow_url} />,
          }}
        />
      </Card>
      {incident.decision && <Decided decision={incident.decision} />}
      <Decision incident={incident} said={said} onSaid={setSaid} />
    </Page>
  );
}

function Decided({ decision }: { decision: NonNullable<z.infer<typeof IncidentView>['decision']> }) {
  return (
    <Section id="decided" title="Decided">
      <Text>
        {decision.actor} chose {decision.action} on {instantText(decision.decided_at)}.
      </Text>
      {decision.note && <Text c="dimmed">{decision.note}</Text>}
      <Facts of={decision.input} />
    </Section>
  );
}
