import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { isId } from '#domain/ids.ts';
import { ask, type Api } from '../api.ts';
import { EXIT, wrongUse } from '../failure.ts';
import { runs, type Context } from '../run.ts';

interface RecordOptions {
  reference: string;
}

/** `hostwright orders record-payment`. */
export function ordersCommand(program: Command): void {
  const orders = program.command('orders').description('what customers have ordered');
  runs<[string], RecordOptions>(
    orders
      .command('record-payment')
      .description('record a bank transfer of all that is due; the payment page at the gateway is closed first')
      .argument('<order>', 'its reference, such as O-0J80B-1F6VH, or its id')
      .requiredOption('--reference <text>', 'by what the bank knows the transfer; each is used once'),
    recordPayment,
  );
}

async function recordPayment({ api: open, output }: Context, { reference }: RecordOptions, named: string) {
  const api = open();
  const id = await orderId(api, named);
  // Whoever gives the command again is answered as before.
  const key = createHash('sha256').update(`${id}\n${reference}`).digest('hex');
  const header = { 'idempotency-key': `record-${key}` };
  const order = await ask(
    api.orders[':id'].payments.$post({ param: { id }, header, json: { payment_reference: reference } }),
  );
  output.result(order, [`Transfer ${reference} is recorded for order ${order.reference}. ${order.story.next.text}`]);
  return EXIT.done;
}

/** @throws Failure where no order, or no single one, is called so */
async function orderId(api: Api, named: string): Promise<string> {
  if (isId(named)) return named;
  const { orders } = await ask(api.orders.$get({ query: { q: named } }));
  const found = orders.filter((order) => order.reference === named.toUpperCase());
  if (found.length === 1) return found[0]!.id;
  throw wrongUse(`There is no order "${named}".`, ['Give its whole reference, such as O-0J80B-1F6VH, or its id.']);
}
