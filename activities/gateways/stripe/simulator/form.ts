/** Stripe's request format: `a[b][0][c]=d`, everything text. */
import { StripeFault } from './fault.ts';

export interface Params {
  [name: string]: Value;
}
export type Value = string | Params;

/** @throws StripeFault 400 on a name that is not brackets around words */
export function parseForm(text: string): Params {
  const params: Params = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.match(/[^[\]]+/g) ?? [];
    const [first, ...rest] = path;
    if (!first || !/^[^[\]]+(\[[^[\]]*\])*$/.test(name)) throw unreadable(name);
    let at = params;
    for (const [i, part] of [first, ...rest].entries()) {
      if (i === path.length - 1 && !name.endsWith('[]')) at[part] = value;
      else at = child(at, part, name);
    }
    // `expand[]=x` has no index: the next free one.
    if (name.endsWith('[]')) at[String(Object.keys(at).length)] = value;
  }
  return params;
}

function child(at: Params, part: string, name: string): Params {
  const found = (at[part] ??= Object.create(null) as Params);
  if (typeof found === 'string') throw unreadable(name);
  return found;
}

const unreadable = (name: string) => new StripeFault(400, { message: `Invalid parameter name: ${name}`, param: name });

/** @throws StripeFault 400, as Stripe refuses what it does not know */
export function allow(params: Params, names: string): void {
  const known = new Set(names.split(' '));
  for (const name of Object.keys(params)) {
    if (known.has(name)) continue;
    const message = `Received unknown parameter: ${name}`;
    throw new StripeFault(400, { code: 'parameter_unknown', param: name, message });
  }
}

export const textOf = (params: Params, name: string): string | undefined => {
  const value = params[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const objectOf = (params: Params, name: string): Params => {
  const value = params[name];
  return value && typeof value === 'object' ? value : {};
};

export const listOf = (params: Params, name: string): Value[] => Object.values(objectOf(params, name));

export const boolOf = (params: Params, name: string): boolean => textOf(params, name) === 'true';

/** @throws StripeFault 400 on anything but a whole number */
export function intOf(params: Params, name: string): number | undefined {
  const value = textOf(params, name);
  if (value === undefined) return undefined;
  if (!/^-?\d+$/.test(value)) {
    throw new StripeFault(400, {
      code: 'parameter_invalid_integer',
      param: name,
      message: `Invalid integer: ${value}`,
    });
  }
  return Number(value);
}

export function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new StripeFault(400, { code: 'parameter_missing', param: name, message: `Missing required param: ${name}.` });
}

/** At most 50 keys of 40 characters with values of 500; an empty value takes the key away. */
export function metadataOf(params: Params, before: Record<string, string> = {}): Record<string, string> {
  const metadata = { ...before };
  for (const [key, value] of Object.entries(objectOf(params, 'metadata'))) {
    if (typeof value !== 'string' || key.length > 40 || value.length > 500) {
      throw new StripeFault(400, { param: `metadata[${key}]`, message: `Invalid metadata: ${key}` });
    }
    if (value === '') delete metadata[key];
    else metadata[key] = value;
  }
  if (Object.keys(metadata).length > 50)
    throw new StripeFault(400, { param: 'metadata', message: 'Too many metadata keys' });
  return metadata;
}
