import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { Provision } from '#api/contracts/orders.ts';
import { fieldAt, FIELD_NAMES, FIELDS, type Field, type Values } from './fields.ts';

export type Sale = z.output<typeof Provision>;
export interface FieldProblem {
  field: Field;
  problem: string;
}

/** What the API is sent; checked by its own contract, so that nothing wrong leaves. */
export function toSale(
  values: Values,
  nodeIds: ReadonlyMap<string, string>,
): { ok: true; sale: Sale } | { ok: false; problems: FieldProblem[] } {
  const problems: FieldProblem[] = FIELD_NAMES.filter((field) => FIELDS[field].needed && !values[field]).map(
    (field) => ({
      field,
      problem: `is missing: ${FIELDS[field].says}`,
    }),
  );
  const { email, name, company, country, plan, cycle, currency, reference, node, username } = values;
  const nodeId = node ? nodeIds.get(node.toLowerCase()) : undefined;
  if (node && !nodeId) {
    const names = [...nodeIds.keys()].join(', ');
    problems.push({
      field: 'node',
      problem: `"${node.slice(0, 60)}" is wrong: there ${names ? `is ${names}` : 'is no node yet'}`,
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const parsed = Provision.safeParse({
    customer: { email, name, ...(company && { company }), country },
    plan,
    cycle,
    currency,
    payment_reference: reference,
    ...(nodeId && { node_id: nodeId }),
    ...(username && { username }),
  });
  if (parsed.success) return { ok: true, sale: parsed.data };
  return { ok: false, problems: parsed.error.issues.map((issue) => problemOf(values, issue)) };
}

/** Our own messages say how it has to be; those of the schema library are for programmers. */
function problemOf(values: Values, { path, message }: z.core.$ZodIssue): FieldProblem {
  const field = fieldAt(`/${path.join('/')}`)!;
  const has = /^[a-z]/.test(message) ? `it ${message}` : `it is ${FIELDS[field].says}`;
  return { field, problem: `"${values[field]!.slice(0, 60)}" is wrong: ${has}` };
}

/** The same sale has the same key, whenever and wherever it is sent again. */
export function keyOf(sale: Sale): string {
  const { customer, plan, cycle, currency, payment_reference, node_id, username } = sale;
  const { email, name, company, country } = customer;
  const all = [email, name, company, country, plan, cycle, currency, payment_reference, node_id, username];
  return `provision-${createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 40)}`;
}
