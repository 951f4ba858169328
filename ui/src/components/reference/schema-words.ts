import type { Schema } from './document.ts';

/** A pattern longer than this says less than its description does. */
const PATTERN_MAX = 60;

/** What of a value is checked beside its type, a phrase for each. */
export function boundsOf(schema: Schema): string[] {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, pattern, enum: values, default: usual } = schema;
  return [
    ...(values ? [`one of ${values.map((value) => JSON.stringify(value)).join(', ')}`] : []),
    ...(schema.const === undefined ? [] : [`always ${JSON.stringify(schema.const)}`]),
    ...range(minLength, maxLength, 'characters'),
    ...range(minimum, maximum, ''),
    ...range(minItems, maxItems, 'items'),
    ...(pattern && pattern.length <= PATTERN_MAX ? [`matches ${pattern}`] : []),
    ...(usual === undefined ? [] : [`${JSON.stringify(usual)} when left out`]),
  ];
}

function range(least: number | undefined, most: number | undefined, unit: string): string[] {
  const named = (text: string) => [`${text} ${unit}`.trim()];
  if (least !== undefined && most !== undefined) return named(least === most ? `${least}` : `${least} to ${most}`);
  if (least !== undefined) return named(`at least ${least}`);
  return most === undefined ? [] : named(`at most ${most}`);
}

/** Of several that fit any of them; `null` is one of the types. */
export const variantsOf = ({ anyOf, oneOf, allOf, properties }: Schema): Schema[] =>
  // Beside properties, and without a type of their own, they only narrow what is said there.
  properties ? [] : (anyOf ?? oneOf ?? allOf ?? []).filter((one) => one.$ref || typeText(one));

/** "text (uuid) or null", "list". */
export function typeText({ type, format, enum: values, const: only, properties, items }: Schema): string {
  const names: Record<string, string> = {
    string: 'text',
    integer: 'whole number',
    array: 'list',
    boolean: 'true or false',
  };
  const implied = properties ? 'object' : items ? 'array' : typeof (values?.[0] ?? only);
  const types = [type ?? (implied === 'undefined' ? [] : implied)].flat();
  const text = types.map((one) => names[one] ?? one).join(' or ');
  return format ? `${text} (${format})` : text;
}
