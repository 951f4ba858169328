import { Anchor, Badge, Button, Card, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Gateways } from '../../components/money/gateways.tsx';
import { Nodes } from '../../components/nodes/nodes.tsx';
import { OrdersTable } from '../../components/orders/orders-table.tsx';
import { Page } from '../../components/page.tsx';
import { Problem } from '../../components/problem.tsx';
import { ScrollableTable } from '../../components/scrollable-table.tsx';
import { Waiting } from '../../components/states.tsx';
import { Tasks } from '../../components/desk/tasks.tsx';
import { openIncidentsQuery } from '../../queries/desk.ts';
import { instantText, localText } from '../../words/reader.ts';
import { customerText } from '../../words/words.ts';
import { Section } from '../../components/section.tsx';

const route = getRouteApi('/staff');

/** What waits for a decision, what is to be looked at, where orders stand, how full the nodes are, and how the gateways are. */
export function StaffPage() {
  return (
    <Page title="Staff" size="lg">
      <OpenIncidents />
      <Section id="tasks" title="Tasks" gap="md">
        <Tasks />
      </Section>
      <Orders />
      <Section id="nodes" title="Nodes" gap="md">
        <Nodes />
      </Section>
      <Section id="gateways" title="Gateways" gap="md">
        <Gateways />
      </Section>
    </Page>
  );
}

function OpenIncidents() {
  const { data: incidents, error, isPending } = useQuery(openIncidentsQuery);
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="incidents">
      <Group gap="sm" mb="md">
        <Title order={2} size="h4" id="incidents">
          Open incidents
        </Title>
        {incidents && <Badge color={incidents.length > 0 ? 'red' : 'teal'}>{incidents.length}</Badge>}
      </Group>
      <Problem error={error} />
      {isPending && <Waiting />}
      {incidents?.length === 0 && <Text c="dimmed">Nothing waits for a decision.</Text>}
      {incidents && incidents.length > 0 && (
        <ScrollableTable label="Table of open incidents" minWidth={560}>
          <Table verticalSpacing="sm" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>What</Table.Th>
                <Table.Th>Order</Table.Th>
                <Table.Th>Customer</Table.Th>
                <Table.Th>Node or gateway</Table.Th>
                <Table.Th>Since</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {incidents.map(({ id, title, step, reason, order, customer, node, gateway, opened_at: openedAt }) => (
                <Table.Tr key={id}>
                  <Table.Td>
                    <Anchor renderRoot={(props) => <Link to="/staff/incidents/$id" params={{ id }} {...props} />}>
                      {localText(title)}
                    </Anchor>
                    <Text size="xs" c="dimmed">
                      {step}: {reason}
                    </Text>
                  </Table.Td>
                  <Table.Td>{order?.reference}</Table.Td>
                  <Table.Td>{customer && customerText(customer)}</Table.Td>
                  <Table.Td>{node?.name ?? gateway}</Table.Td>
                  <Table.Td>{instantText(openedAt)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollableTable>
      )}
    </Card>
  );
}

function Orders() {
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [text, setText] = useState(q);
  const search = (wanted: string) =>
    void navigate({ search: wanted.trim() ? { q: wanted.trim() } : {}, replace: true });
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="orders">
      <Stack>
        <Title order={2} size="h4" id="orders">
          Orders
        </Title>
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            search(text);
          }}
        >
          <Group gap="sm" align="flex-end">
            <TextInput
              label="Reference, invoice or customer number, or part of an e-mail address"
              type="search"
              value={text}
              maxLength={100}
              onChange={({ currentTarget }) => setText(currentTarget.value)}
              flex="1 1 16rem"
            />
            <Button type="submit" variant="default">
              Search
            </Button>
          </Group>
        </form>
        <OrdersTable
          q={q}
          empty={<Text c="dimmed">{q ? `No order matches “${q}”.` : 'There are no orders yet.'}</Text>}
        />
      </Stack>
    </Card>
  );
}
