import type { z } from 'zod';
import { DATABASE_VARIABLES } from './database.ts';
import { PAYPAL_VARIABLES } from './gateways/paypal.ts';
import { STRIPE_VARIABLES } from './gateways/stripe.ts';
import { GENERAL_VARIABLES } from './general.ts';
import { HTTP_VARIABLES } from './http.ts';
import { LICENSE_VARIABLES } from './licenses.ts';
import { MAIL_VARIABLES } from './mail.ts';
import { MONEY_VARIABLES } from './money.ts';
import { NODE_VARIABLES } from './nodes.ts';
import { SECRET_VARIABLES } from './secrets.ts';
import { TEMPORAL_VARIABLES } from './temporal.ts';
import type { Reader, Variable } from './variable.ts';

/** Every environment variable of the product, under what it is about. */
export const VARIABLE_GROUPS = {
  'Every process': GENERAL_VARIABLES,
  PostgreSQL: DATABASE_VARIABLES,
  Temporal: TEMPORAL_VARIABLES,
  Secrets: SECRET_VARIABLES,
  HTTP: HTTP_VARIABLES,
  Licenses: LICENSE_VARIABLES,
  'Who sells': MONEY_VARIABLES,
  Stripe: STRIPE_VARIABLES,
  PayPal: PAYPAL_VARIABLES,
  Panels: NODE_VARIABLES,
  Mail: MAIL_VARIABLES,
} as const satisfies Record<string, Record<string, Variable>>;

/**
 * All of them by name. All are checked at start; a missing or wrong one is named. `docs/configuration.md` and
 * `.env.example` are printed from here.
 */
export const VARIABLES = {
  ...GENERAL_VARIABLES,
  ...DATABASE_VARIABLES,
  ...TEMPORAL_VARIABLES,
  ...SECRET_VARIABLES,
  ...HTTP_VARIABLES,
  ...LICENSE_VARIABLES,
  ...MONEY_VARIABLES,
  ...STRIPE_VARIABLES,
  ...PAYPAL_VARIABLES,
  ...NODE_VARIABLES,
  ...MAIL_VARIABLES,
} as const satisfies Record<string, Variable>;

export type Configuration = { [K in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[K]['schema']> };
type NamesFor<R extends Reader> = {
  [K in keyof typeof VARIABLES]: R extends (typeof VARIABLES)[K]['readers'][number] ? K : never;
}[keyof typeof VARIABLES];

/**
 * Reads what one process needs.
 * @throws Error naming every variable that is missing or wrong; never its value
 */
export function readConfiguration<R extends Reader>(
  reader: R,
  env: Record<string, string | undefined>,
): Pick<Configuration, NamesFor<R>> {
  const problems: string[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(VARIABLES) as [string, Variable][]) {
    if (!variable.readers.includes(reader)) continue;
    const result = variable.schema.safeParse(env[name] === '' ? undefined : env[name]);
    if (result.success) read[name] = result.data;
    else
      problems.push(
        `${name}: ${env[name] ? result.error.issues.map(({ message }) => message).join('; ') : 'is missing'} (${variable.says})`,
      );
  }
  if (problems.length > 0)
    throw new Error(
      `The configuration of the ${reader} is not complete:\n  ${problems.join('\n  ')}\nSee docs/configuration.md.`,
    );
  return read as Pick<Configuration, NamesFor<R>>;
}

export type ApiConfiguration = ReturnType<typeof readConfiguration<'api'>>;
export type WorkerConfiguration = ReturnType<typeof readConfiguration<'worker'>>;
