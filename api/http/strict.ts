import type { z } from 'zod';

type Def = {
  type: string;
  catchall?: { _zod: { def: Def } };
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  innerType?: z.ZodType;
  options?: z.ZodType[];
  in?: z.ZodType;
  left?: z.ZodType;
  right?: z.ZodType;
};

/**
 * Unknown fields are refused everywhere (AUTHZ-06), so a request schema that would drop them silently
 * is a mistake found at start.
 * @throws Error naming the route
 */
export function assertStrict(route: string, schema: unknown): void {
  const def = (schema as { _zod?: { def: Def } } | undefined)?._zod?.def;
  if (!def) return;
  if (def.type === 'object') {
    if (def.catchall?._zod.def.type !== 'never') {
      throw new Error(`${route} would take fields it does not know. Use z.strictObject for its request.`);
    }
    for (const field of Object.values(def.shape ?? {})) assertStrict(route, field);
  }
  for (const inner of [def.element, def.innerType, def.in, def.left, def.right, ...(def.options ?? [])]) {
    assertStrict(route, inner);
  }
}
