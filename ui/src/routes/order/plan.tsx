import type { GatewayName } from '#api/contracts/vendors.ts';
import { Alert, Anchor, Button, Card, Divider, Group, List, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ask, client, newIdempotencyKey, Refused } from '../../api.ts';
import { Choices } from '../../components/choices.tsx';
import { Page } from '../../components/page.tsx';
import { Problem } from '../../components/problem.tsx';
import { SignInOrUp } from '../../components/people/sign-in-or-up.tsx';
import { NotThere, Waiting } from '../../components/states.tsx';
import { offerOf, type Offer } from '../../components/catalog/offers.ts';
import { plansQuery, type Plan } from '../../queries/catalog.ts';
import { gatewaysQuery } from '../../queries/money.ts';
import { meQuery } from '../../queries/people.ts';
import { moneyText } from '../../words/reader.ts';
import { CYCLES, PER_CYCLE, quotaTexts, SOLD_OUT } from '../../words/words.ts';

const route = getRouteApi('/order/$plan');

export function OrderPage() {
  const { plan: code } = route.useParams();
  const plans = useQuery(plansQuery);
  const plan = plans.data?.find((one) => one.code === code);
  if (plan) return plan.sold_out ? <SoldOut plan={plan} /> : <OrderForm plan={plan} />;
  if (plans.isPending) return <Waiting />;
  if (!plans.error) return <NotThere />;
  return (
    <Page title="Order">
      <Problem error={plans.error} />
    </Page>
  );
}

function SoldOut({ plan }: { plan: Plan }) {
  return (
    <Page title={`Order ${plan.name}`} lead={plan.description} size="sm">
      <Alert title={SOLD_OUT} role="status">
        None of our servers has room for {plan.name} now. Choose{' '}
        <Anchor inherit renderRoot={(props) => <Link to="/" {...props} />}>
          another plan
        </Anchor>
        , or come back later.
      </Alert>
    </Page>
  );
}

/** How to pay for a plan; the choices stand in the address, so that they outlast a detour. */
function OrderForm({ plan }: { plan: Plan }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const gateways = useQuery(gatewaysQuery);
  const { cycle, currency, currencies } = offerOf([plan], search);
  const prices = plan.prices.filter(({ price }) => price.currency === currency);
  const chosen = prices.find((one) => one.cycle === cycle);
  const total = chosen?.price;
  // One that does not take so little would be refused when the order is placed.
  const offered = (gateways.data ?? []).filter(({ name }) => chosen?.gateways.includes(name));
  const gateway = (offered.find(({ name }) => name === search.gateway) ?? offered[0])?.name;
  const choose = (change: Partial<Offer & { gateway: GatewayName }>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });

  return (
    <Page title={`Order ${plan.name}`} lead={plan.description} size="sm">
      <Card withBorder padding="lg">
        <Stack gap="lg">
          <List size="sm">
            {quotaTexts(plan.quotas).map((text) => (
              <List.Item key={text}>{text}</List.Item>
            ))}
          </List>
          {currencies.length > 1 && (
            <Group gap="sm">
              <Text fw={600} size="sm" id="currency">
                Currency
              </Text>
              <SegmentedControl
                aria-labelledby="currency"
                value={currency}
                onChange={(value) => choose({ currency: value })}
                data={currencies}
              />
            </Group>
          )}
          <Choices
            label="Billing"
            value={cycle}
            onChange={(value) => choose({ cycle: value })}
            of={prices.map(({ cycle: value, price }) => ({
              value,
              title: CYCLES[value],
              text: `${moneyText(price)} ${PER_CYCLE[value]}, tax included`,
            }))}
          />
          <Problem error={gateways.error} />
          <Choices
            label="Pay with"
            value={gateway}
            onChange={(value) => choose({ gateway: value })}
            of={offered.map(({ name, title, methods }) => ({ value: name, title, text: methods }))}
          />
          {gateways.data?.length === 0 && <Text>No way to pay is switched on. Please come back later.</Text>}
          {gateways.data && gateways.data.length > 0 && total && offered.length === 0 && (
            <Text>{moneyText(total)} is less than any way to pay takes. Choose another billing, currency or plan.</Text>
          )}
        </Stack>
      </Card>
      {total && gateway && <Buyer wish={{ plan: plan.code, cycle, currency, gateway }} total={moneyText(total)} />}
    </Page>
  );
}

interface Wish extends Offer {
  plan: string;
  gateway: GatewayName;
}

function Buyer({ wish, total }: { wish: Wish; total: string }) {
  const { data: me } = useQuery(meQuery);
  if (me === undefined) return <Waiting />;
  if (me?.kind === 'staff') {
    return (
      <Text>
        You are signed in as staff. Orders are placed by customers;{' '}
        <Anchor renderRoot={(props) => <Link to="/staff" {...props} />}>go to the staff pages</Anchor>.
      </Text>
    );
  }
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="buyer">
      <Stack>
        <Title order={2} size="h4" id="buyer" tabIndex={-1}>
          {me ? 'Place your order' : 'Who is ordering?'}
        </Title>
        {me ? <PlaceOrder wish={wish} total={total} buyer={`${me.name}, ${me.email}`} /> : <SignInOrUp />}
      </Stack>
    </Card>
  );
}

function PlaceOrder({ wish, total, buyer }: { wish: Wish; total: string; buyer: string }) {
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const [state, setState] = useState<{ sending: boolean; error?: unknown }>({ sending: false });
  const { plan, cycle, currency, gateway } = wish;
  // One key for one wish: pressing again after a lost answer finds the order instead of placing another.
  const key = useMemo(newIdempotencyKey, [plan, cycle, currency, gateway]);

  const place = async () => {
    setState({ sending: true });
    try {
      const header = { 'idempotency-key': key };
      const { id } = await ask(client.orders.$post({ json: { plan, cycle, currency, gateway }, header }));
      await navigate({ to: '/orders/$id', params: { id }, search: { go: 'pay' } });
    } catch (error) {
      setState({ sending: false, error });
      // Somebody else had the last place, so the page says from now on that there is none.
      if (error instanceof Refused && error.code === 'sold_out') void queries.invalidateQueries(plansQuery);
    }
  };

  return (
    <>
      <Text size="sm">Ordered by {buyer}</Text>
      <Divider />
      <Group justify="space-between">
        <Text fw={500}>To pay now</Text>
        <Text fw={700} fz="xl">
          {total}
        </Text>
      </Group>
      <Problem error={state.error} />
      <Button size="md" loading={state.sending} onClick={() => void place()}>
        Place order and pay {total}
      </Button>
    </>
  );
}
