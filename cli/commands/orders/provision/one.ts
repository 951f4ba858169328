import { ask } from '#cli/commands/api.ts';
import { wrongUse, type Exit } from '#cli/commands/failure.ts';
import type { Context } from '#cli/commands/run.ts';
import { FIELD_NAMES, FIELDS, type Values } from './fields.ts';
import { toSale } from './sale.ts';
import { exitOf, outcomeOf, resultOf, type Result } from './result.ts';
import { place, settle } from './sell.ts';

/** One sale, from flags and answers. */
export async function provisionOne(context: Context, given: Values, waitMs: number): Promise<Exit> {
  const { api: open, output, interactive } = context;
  const missing = FIELD_NAMES.filter((field) => FIELDS[field].needed && !given[field]);
  if (missing.length > 0 && !interactive) {
    throw wrongUse(
      'Something is missing, and there is no terminal to ask on.',
      missing.map((field) => `--${field}: ${FIELDS[field].says}`),
    );
  }
  const api = open();
  const { askMissing } = await import('./ask-missing.ts');
  const values = missing.length > 0 ? await askMissing(api, given) : given;
  const checked = toSale(values, await nodesByName(context, values.node !== undefined));
  if (!checked.ok) {
    throw wrongUse(
      'This cannot be sent.',
      checked.problems.map(({ field, problem }) => `--${field} ${problem}`),
    );
  }
  const placed = await place(api, checked.sale);
  output.say(
    `Order ${placed.order.reference} ${placed.repeated ? 'was placed before; nothing is done twice' : 'is placed'}.`,
  );
  let told = 0;
  const seen = await settle(api, [placed], waitMs, (_, { story }) => {
    for (const { text } of story.happened.slice(told)) output.say(`  · ${text}`);
    told = story.happened.length;
  });
  const order = seen.get(placed)!;
  const sale = { line: null, email: checked.sale.customer.email, reference: checked.sale.payment_reference };
  const result = resultOf(sale, order, placed.repeated);
  output.result({ ...result, paid_through: order.service?.paid_through ?? null }, linesOf(result));
  if (outcomeOf(order) === 'waiting' && waitMs > 0) {
    output.say(`It is not there after ${waitMs / 1_000} s, and goes on without us. Look again with the same command.`);
  }
  return exitOf([result], waitMs > 0);
}

const linesOf = (result: Result): string[] => [
  `${result.outcome}: order ${result.order} of ${result.email}`,
  ...(result.account ? [`  account  ${result.account} on ${result.node}`] : []),
  ...(result.outcome === 'active' ? [`  panel    ${result.panel ?? noPanel(result)}`] : []),
  ...(result.license ? [`  license  ${result.license}`] : []),
  ...(result.customer ? [`  customer #${result.customer}`] : []),
  ...(result.outcome === 'active' ? [] : [`  ${result.detail}`]),
];

/** Customers were told their user name only. */
const noPanel = ({ node }: Result) => `${node} has no address for customers; give it one as \`public_url\``;

/** Ids of nodes by name; asked for only when a node is named. */
export async function nodesByName({ api }: Context, needed: boolean): Promise<ReadonlyMap<string, string>> {
  if (!needed) return new Map();
  const { nodes } = await ask(api().nodes.$get());
  return new Map(nodes.map(({ id, name }) => [name, id]));
}
