import { Anchor, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ordersQuery } from '../../queries/orders.ts';
import { instantText, moneyText } from '../../words/reader.ts';
import { customerText, CYCLES } from '../../words/words.ts';
import { Problem } from '../problem.tsx';
import { ScrollableTable } from '../scrollable-table.tsx';
import { Waiting } from '../states.tsx';
import { StatusBadge } from '../status-badge.tsx';

interface OrdersTableProps {
  /** Staff: what to look for. */
  q?: string | undefined;
  /** Shown instead of an empty table. */
  empty: ReactNode;
}

export function OrdersTable({ q, empty }: OrdersTableProps) {
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(ordersQuery(q));
  const orders = data?.pages.flatMap((page) => page.orders) ?? [];
  if (isPending) return <Waiting />;
  const withBuyers = orders.some(({ customer }) => customer);
  return (
    <Stack>
      <Problem error={error} />
      {orders.length === 0 && !error && empty}
      {orders.length > 0 && (
        <ScrollableTable label="Table of orders" minWidth={withBuyers ? 720 : 260}>
          <Table verticalSpacing="sm" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Order</Table.Th>
                {withBuyers && <Table.Th>Customer</Table.Th>}
                <Table.Th visibleFrom="sm">Placed</Table.Th>
                <Table.Th visibleFrom="xs" ta="right">
                  Total
                </Table.Th>
                <Table.Th>State</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {orders.map((order) => (
                <Table.Tr key={order.id}>
                  <Table.Td>
                    <Anchor
                      className="reference"
                      renderRoot={(props) => <Link to="/orders/$id" params={{ id: order.id }} {...props} />}
                    >
                      {order.reference}
                    </Anchor>
                    <Text size="sm" c="dimmed">
                      {order.plan.name}, {CYCLES[order.cycle].toLowerCase()}
                      <Text span inherit hiddenFrom="xs">
                        , {moneyText(order.total)}
                      </Text>
                    </Text>
                  </Table.Td>
                  {withBuyers && (
                    <Table.Td>
                      {order.customer && customerText(order.customer)}
                      <Text size="sm" c="dimmed">
                        {order.customer?.email}
                      </Text>
                    </Table.Td>
                  )}
                  <Table.Td visibleFrom="sm">{instantText(order.placed_at)}</Table.Td>
                  <Table.Td visibleFrom="xs" ta="right">
                    {moneyText(order.total)}
                  </Table.Td>
                  <Table.Td>
                    <StatusBadge status={order.status} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollableTable>
      )}
      {hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </Group>
      )}
    </Stack>
  );
}
