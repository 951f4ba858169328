import { customerText } from '../../words/words.ts';
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { OrderView } from '#api/contracts/orders.ts';
import { Facts } from '../facts.tsx';
import { Section } from '../section.tsx';

/** What only staff see of an order. */
export function OrderForStaff({ staff }: { staff: NonNullable<OrderView['staff']> }) {
  const { customer, wishes, incidents } = staff;
  return (
    <Section id="for-staff" title="For staff">
      <Facts
        of={{
          Customer: `${customerText(customer)}, ${customer.email}, ${customer.reference}`,
          Workflow: <WorkflowLink id={staff.workflow_id} url={staff.workflow_url} />,
          'Open incidents':
            incidents.length > 0 &&
            incidents.map(({ id, title }) => (
              <div key={id}>
                <Anchor renderRoot={(props) => <Link to="/staff/incidents/$id" params={{ id }} {...props} />}>
                  {title}
                </Anchor>
              </div>
            )),
          'Ended because': staff.ended_because,
          'Wished node': wishes.node_id,
          'Wished user name': wishes.username,
          'Payment reference': wishes.payment_reference,
        }}
      />
    </Section>
  );
}

/** A workflow's id, and the way to it where a Temporal UI is configured. */
export function WorkflowLink({ id, url }: { id: string; url: string | null }) {
  if (!url) return id;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer">
      {id} in the Temporal UI
    </Anchor>
  );
}
