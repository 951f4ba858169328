import { Button, Card, Group, List, SegmentedControl, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Page } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { offerOf, type Offer } from '../components/catalog/offers.ts';
import { plansQuery, type Plan } from '../queries/catalog.ts';
import { moneyText } from '../words/reader.ts';
import { CYCLES, PER_CYCLE, quotaTexts, SOLD_OUT, yearlySaving } from '../words/words.ts';

const route = getRouteApi('/');

/** What can be bought. */
export function PlansPage() {
  const plans = useQuery(plansQuery);
  const navigate = route.useNavigate();
  const offer = offerOf(plans.data ?? [], route.useSearch());
  const choose = (change: Partial<Offer>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });

  return (
    <Page
      title="Web hosting, ready in a minute"
      lead="Choose a plan, pay, and watch your account come alive."
      size="lg"
    >
      <Problem error={plans.error} />
      <Group>
        <SegmentedControl
          aria-label="Billing"
          value={offer.cycle}
          onChange={(cycle) => choose({ cycle })}
          data={offer.cycles.map((value) => ({ value, label: CYCLES[value] }))}
        />
        {offer.currencies.length > 1 && (
          <SegmentedControl
            aria-label="Currency"
            value={offer.currency}
            onChange={(currency) => choose({ currency })}
            data={offer.currencies}
          />
        )}
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="lg">
        {plans.isPending && [1, 2, 3].map((place) => <Skeleton key={place} height={320} />)}
        {plans.data?.map((plan) => (
          <PlanCard key={plan.id} plan={plan} offer={offer} />
        ))}
      </SimpleGrid>
      {plans.data?.length === 0 && <Text>There is nothing on offer now. Please come back later.</Text>}
    </Page>
  );
}

function PlanCard({ plan, offer: { cycle, currency } }: { plan: Plan; offer: Offer }) {
  const priceFor = (wanted: Offer['cycle']) =>
    plan.prices.find(({ cycle: one, price }) => one === wanted && price.currency === currency)?.price;
  const price = priceFor(cycle);
  const [monthly, yearly] = [priceFor('monthly'), priceFor('yearly')];
  const saving = cycle === 'yearly' && monthly && yearly ? yearlySaving(monthly.amount, yearly.amount) : 0;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby={`plan-${plan.code}`}>
      <Stack h="100%" gap="md">
        <div>
          <Title order={2} size="h3" id={`plan-${plan.code}`}>
            {plan.name}
          </Title>
          <Text c="dimmed" size="sm">
            {plan.description}
          </Text>
        </div>
        {price && (
          <div>
            <Text fz={32} fw={700} lh={1.2}>
              {moneyText(price)}
              <Text span c="dimmed" fz="sm" fw={400}>
                {' '}
                {PER_CYCLE[cycle]}
              </Text>
            </Text>
            <Text size="sm" c="dimmed">
              Tax included{saving > 0 && `, saves ${moneyText({ amount: String(saving), currency })} a year`}
            </Text>
          </div>
        )}
        <List size="sm" spacing={4}>
          {quotaTexts(plan.quotas).map((text) => (
            <List.Item key={text}>{text}</List.Item>
          ))}
        </List>
        {plan.sold_out && (
          <Text mt="auto" fw={600}>
            {SOLD_OUT}
          </Text>
        )}
        {!plan.sold_out && price && (
          <Button
            mt="auto"
            renderRoot={(props) => (
              <Link to="/order/$plan" params={{ plan: plan.code }} search={{ cycle, currency }} {...props} />
            )}
          >
            Order {plan.name}
          </Button>
        )}
        {!plan.sold_out && !price && (
          <Text mt="auto" size="sm" c="dimmed">
            Not on offer {CYCLES[cycle].toLowerCase()} in {currency}.
          </Text>
        )}
      </Stack>
    </Card>
  );
}
