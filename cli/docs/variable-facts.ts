import { z } from 'zod';

/** @returns the default as it would be written; undefined where there is none */
export const defaultOf = (schema: z.ZodType): string | undefined => {
  const { default: value } = described(schema);
  return value === undefined ? undefined : String(value);
};

export const isRequired = (schema: z.ZodType): boolean => !schema.safeParse(undefined).success;

/** A schema as JSON Schema says it, of what is written in the environment. */
export const described = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
