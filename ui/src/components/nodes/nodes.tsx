import { Badge, Progress, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { nodesQuery } from '../../queries/nodes.ts';
import { instantText } from '../../words/reader.ts';
import { Problem } from '../problem.tsx';
import { ScrollableTable } from '../scrollable-table.tsx';
import { Waiting } from '../states.tsx';

/** Every node with how full it is, and why it takes no orders if it does not. */
export function Nodes() {
  const { data: nodes, error, isPending } = useQuery(nodesQuery);
  if (isPending) return <Waiting />;
  return (
    <Stack>
      <Problem error={error} />
      {nodes?.length === 0 && <Text c="dimmed">There are no nodes yet. Add one with hostwright nodes add.</Text>}
      {nodes && nodes.length > 0 && (
        <ScrollableTable label="Table of nodes" minWidth={560}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Node</Table.Th>
                <Table.Th>Use</Table.Th>
                <Table.Th>Health</Table.Th>
                <Table.Th>Takes orders</Table.Th>
                <Table.Th>Checked</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {nodes.map((node) => (
                <Table.Tr key={node.id}>
                  <Table.Td>
                    {node.name}
                    <Text size="sm" c="dimmed">
                      {node.base_url}
                      {node.public_url !== node.base_url && `; customers: ${node.public_url ?? 'told no address'}`}
                    </Text>
                    {node.capabilities_found.length > 0 && (
                      <Text size="sm" c="dimmed">
                        Its panel takes {node.capabilities.join(', ') || 'accounts only'}
                        {node.capabilities_off.length > 0 && `; switched off: ${node.capabilities_off.join(', ')}`}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td miw={140}>
                    <Text size="sm">
                      {node.slots_taken} of {node.capacity}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {node.calls_left} calls left ({node.calls_per_hour} an hour, {node.calls_per_day} a day)
                    </Text>
                    <Progress value={node.utilization_percent} aria-label={`Use of ${node.name}`} />
                  </Table.Td>
                  <Table.Td>
                    <Badge
                      color={node.health === 'healthy' ? 'teal' : 'red'}
                      variant="light"
                      tt="none"
                      miw="max-content"
                    >
                      {node.health}
                    </Badge>
                  </Table.Td>
                  <Table.Td>{node.takes_orders ? 'yes' : `no: ${node.because}`}</Table.Td>
                  <Table.Td>{node.checked_at ? instantText(node.checked_at) : 'never'}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollableTable>
      )}
    </Stack>
  );
}
