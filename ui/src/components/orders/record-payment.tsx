import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { RecordPayment as Contract } from '#api/contracts/orders.ts';
import { ask, client, newIdempotencyKey } from '../../api.ts';
import { useContractForm } from '../../form/form.ts';
import { orderQuery } from '../../queries/orders.ts';
import { Problem } from '../problem.tsx';
import { Section } from '../section.tsx';
import { focusOn } from '../use-taken-focus.ts';

/** For an order that waits at a gateway although the customer has sent a bank transfer. */
export function RecordPayment({ id }: { id: string }) {
  const queries = useQueryClient();
  const key = useRef({ for: '', key: '' });
  const form = useContractForm(Contract, { payment_reference: '' }, async (json) => {
    const request = JSON.stringify(json);
    if (key.current.for !== request) key.current = { for: request, key: newIdempotencyKey() };
    const header = { 'idempotency-key': key.current.key };
    const order = await ask(client.orders[':id'].payments.$post({ param: { id }, json, header }));
    focusOn();
    queries.setQueryData(orderQuery(id).queryKey, order);
  });
  return (
    <Section id="record-payment" title="Record a payment">
      <form {...form.form}>
        <Stack>
          <Text size="sm">
            All that is due has come by bank transfer. The payment page at the gateway is closed before it is booked; if
            the customer has paid there meanwhile, that payment counts and a task tells you.
          </Text>
          <Problem error={form.problem} fields={['payment_reference']} />
          <TextInput
            {...form.field('payment_reference', 'Payment reference')}
            description="By what the bank knows the transfer; each is used once"
            autoComplete="off"
            required
          />
          <Button type="submit" loading={form.sending}>
            Record payment
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
