import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { OrderView } from '#api/contracts/orders.ts';
import { Facts } from '../../components/facts.tsx';
import { LicenseKey } from '../../components/licenses/license-key.tsx';
import { OrderForStaff } from '../../components/orders/order-for-staff.tsx';
import { OrderStory } from '../../components/orders/order-story.tsx';
import { RecordPayment } from '../../components/orders/record-payment.tsx';
import { Page } from '../../components/page.tsx';
import { PanelButton } from '../../components/services/panel-button.tsx';
import { Problem } from '../../components/problem.tsx';
import { Waiting } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useOrder } from '../../queries/use-order.ts';
import { dayText, localText, moneyText } from '../../words/reader.ts';
import { CYCLES, gatewayName, PER_CYCLE } from '../../words/words.ts';
import { Section } from '../../components/section.tsx';

const route = getRouteApi('/orders/$id');

/** An order as it goes on: what happened, what is next, and what came of it. */
export function OrderProgressPage() {
  const { id } = route.useParams();
  const { go, from } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: order, error } = useOrder(id);
  const checkout = order?.checkout_url;

  useEffect(() => {
    if (go !== 'pay' || !checkout) return;
    // Who comes back by the browser's button stays here instead of being sent away again.
    void navigate({ search: {}, replace: true }).then(() => location.assign(checkout));
  }, [go, checkout, navigate]);

  if (!order) {
    return error ? (
      <Page title="Order" size="sm">
        <Problem error={error} />
      </Page>
    ) : (
      <Waiting />
    );
  }
  return (
    <Page title={`Order ${order.reference}`} aside={<StatusBadge status={order.status} />} size="sm">
      <Problem error={error} />
      <Next order={order} going={go === 'pay'} from={from} />
      {order.service && <Service order={order} service={order.service} license={order.license} />}
      <OrderStory story={order.story} />
      <Section id="what" title="What was ordered">
        <Facts
          of={{
            Plan: order.plan.name,
            Billing: CYCLES[order.cycle],
            Total: `${moneyText(order.total)}, tax included`,
            'Paid with': gatewayName(order.gateway),
            Invoice: order.invoice_number,
          }}
        />
      </Section>
      {order.staff && <OrderForStaff staff={order.staff} />}
      {order.staff?.may_record_payment && <RecordPayment id={order.id} />}
    </Page>
  );
}

interface NextProps {
  order: OrderView;
  going: boolean;
  from: 'checkout' | 'cancel' | undefined;
}

const COLORS = { awaiting_payment: 'yellow', provisioning: 'blue', active: 'teal', canceled: 'gray', refunded: 'gray' };

/** What happens next, and the way to do it when it is the customer's turn. */
function Next({ order, going, from }: NextProps) {
  const { next, final } = order.story;
  const gateway = gatewayName(order.gateway);
  const awaiting = order.status === 'awaiting_payment';
  const last = order.story.happened.at(-1);
  const declined = awaiting && last?.kind === 'declined';
  const paidJustNow = from === 'checkout' && awaiting && !declined;
  const waiting = !final && (next.waiting_for === 'us' || going || paidJustNow);
  return (
    <Alert color={next.taking_longer ? 'orange' : COLORS[order.status]} variant="light">
      <Stack gap="sm">
        <Group gap="sm" wrap="nowrap" align="flex-start" aria-live="polite">
          {waiting && <Loader size="sm" aria-hidden />}
          <div>
            {paidJustNow && <Text fw={500}>Welcome back. {gateway} is telling us about your payment.</Text>}
            {declined && <Text fw={500}>{localText(last.text)}</Text>}
            {from === 'cancel' && awaiting && !declined && (
              <Text fw={500}>You came back without paying. Nothing was charged, and your order is kept.</Text>
            )}
            <Text>{localText(next.text)}</Text>
          </div>
        </Group>
        {order.checkout_url && (
          <Group>
            <Button component="a" href={order.checkout_url} variant={paidJustNow ? 'default' : 'filled'}>
              Pay {moneyText(order.total)} at {gateway}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function Service({
  order: { cycle },
  service,
  license,
}: {
  order: OrderView;
  service: NonNullable<OrderView['service']>;
  license: OrderView['license'];
}) {
  return (
    <Section id="service" title="Hosting account">
      <Stack>
        <Facts
          of={{
            Service: `${service.reference}, ${service.status}`,
            'User name': service.username,
            Server: service.node,
            Paid: service.paid_through ? `until ${dayText(service.paid_through)}` : PER_CYCLE[cycle],
            License: license && <LicenseKey license={license} />,
          }}
        />
        <PanelButton url={service.panel_url} />
      </Stack>
    </Section>
  );
}
