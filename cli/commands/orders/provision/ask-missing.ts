import { Provision } from '#api/contracts/orders.ts';
import { describeMoney, fromJson } from '#domain/money/money.ts';
import { ask, type Api } from '#cli/commands/api.ts';
import { Failure } from '#cli/commands/failure.ts';
import { askChoice, askLine, askYes } from '#cli/commands/questions.ts';
import { FIELDS, type Field, type Values } from './fields.ts';

const { customer, payment_reference: reference } = Provision.shape;
const CHECKED = { email: customer.shape.email, name: customer.shape.name, country: customer.shape.country, reference };

/** Asks for what is needed and was not given, and whether it is right. */
export async function askMissing(api: Api, given: Values): Promise<Values> {
  const values = { ...given };
  const line = async (field: keyof typeof CHECKED & Field, message: string, placeholder?: string) => {
    values[field] ??= await askLine({
      message,
      placeholder,
      check: (answer) => {
        const parsed = CHECKED[field].safeParse(answer);
        return parsed.success ? undefined : `That ${parsed.error.issues[0]!.message}`;
      },
    });
  };
  await line('email', 'E-mail address of the customer', 'ada@example.com');
  await line('name', 'Name of the customer');
  await line('country', `Country: ${FIELDS.country.says}`, 'DE');
  const { plans } = await ask(api.plans.$get());
  if (plans.length === 0) throw new Failure('no_plan', 'No plan is on offer. Add one with POST /api/v2/plans.');
  values.plan ??= await askChoice(
    'Plan',
    plans.map(({ code, name, description, sold_out: soldOut }) => ({
      value: code,
      label: name,
      hint: soldOut ? 'sold out now' : description,
    })),
  );
  const prices = plans.find(({ code }) => code === values.plan)?.prices ?? [];
  const choices = (of: 'cycle' | 'currency') => [
    ...new Set(
      prices
        .filter(
          ({ cycle, price }) =>
            cycle === (values.cycle ?? cycle) && price.currency === (values.currency ?? price.currency),
        )
        .map((price) => (of === 'cycle' ? price.cycle : price.price.currency)),
    ),
  ];
  const pick = async (field: 'cycle' | 'currency', message: string) => {
    if (values[field]) return;
    const options = choices(field);
    values[field] =
      options.length === 0
        ? undefined
        : await askChoice(
            message,
            options.map((value) => ({ value, label: value })),
          );
  };
  await pick('currency', 'Currency');
  await pick('cycle', 'Paid for each');
  await line('reference', `Payment: ${FIELDS.reference.says}`, 'SEPA 2026-11-21 4711');

  const price = prices.find(({ cycle, price: { currency } }) => cycle === values.cycle && currency === values.currency);
  const amount = price ? describeMoney(fromJson(price.price)) : 'the price on offer';
  const sure = await askYes(`Record ${amount} as received from ${values.email}, and set up ${values.plan}?`);
  if (!sure) throw new Failure('given_up', 'Nothing was done.');
  return values;
}
