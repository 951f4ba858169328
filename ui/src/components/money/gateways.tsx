import { Badge, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { gatewayHealthQuery } from '../../queries/money.ts';
import { instantText } from '../../words/reader.ts';
import { Problem } from '../problem.tsx';
import { ScrollableTable } from '../scrollable-table.tsx';
import { Waiting } from '../states.tsx';

/** Every gateway with what its last check found, and which right is missing if one is. */
export function Gateways() {
  const { data: gateways, error, isPending } = useQuery(gatewayHealthQuery);
  if (isPending) return <Waiting />;
  return (
    <Stack>
      <Problem error={error} />
      {gateways && (
        <ScrollableTable label="Table of gateways" minWidth={560}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Gateway</Table.Th>
                <Table.Th>Money</Table.Th>
                <Table.Th>Health</Table.Th>
                <Table.Th>Offered</Table.Th>
                <Table.Th>Checked</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {gateways.map((gateway) => (
                <Table.Tr key={gateway.name}>
                  <Table.Td>
                    {gateway.label}
                    <Text size="sm" c="dimmed">
                      {gateway.account ? `Account ${gateway.account}` : 'Never checked'}
                      {gateway.webhook_url && `; events go to ${gateway.webhook_url}`}
                    </Text>
                  </Table.Td>
                  <Table.Td>{gateway.mode}</Table.Td>
                  <Table.Td>
                    {gateway.health && (
                      <Badge
                        color={gateway.health === 'healthy' ? 'teal' : 'red'}
                        variant="light"
                        tt="none"
                        miw="max-content"
                      >
                        {gateway.health}
                      </Badge>
                    )}
                    {gateway.steps
                      .filter(({ ok }) => !ok)
                      .map(({ name, message }) => (
                        <Text key={name} size="sm" c="dimmed">
                          {name}: {message}
                        </Text>
                      ))}
                  </Table.Td>
                  <Table.Td>{gateway.offered ? 'yes' : 'no'}</Table.Td>
                  <Table.Td>{gateway.checked_at ? instantText(gateway.checked_at) : 'never'}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollableTable>
      )}
    </Stack>
  );
}
