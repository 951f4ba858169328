import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { OrdersTable } from '../../components/orders/orders-table.tsx';
import { Page } from '../../components/page.tsx';

/** Everything one has ordered. */
export function OrdersPage() {
  return (
    <Page title="Your orders" size="lg">
      <OrdersTable
        empty={
          <Text>
            You have not ordered anything yet.{' '}
            <Anchor renderRoot={(props) => <Link to="/" {...props} />}>See the plans</Anchor>.
          </Text>
        }
      />
    </Page>
  );
}
