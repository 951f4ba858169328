/** How the simulated PayPal reads requests and words its answers. */
import { randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { WireMoney, World } from './world.ts';

export type Call = Context<{ Bindings: HttpBindings }>;
export type Json = Record<string, unknown>;

const FAMILY: Record<number, string> = {
  400: 'INVALID_REQUEST',
  401: 'AUTHENTICATION_FAILURE',
  403: 'NOT_AUTHORIZED',
  404: 'RESOURCE_NOT_FOUND',
  409: 'RESOURCE_CONFLICT',
  422: 'UNPROCESSABLE_ENTITY',
  429: 'RATE_LIMIT_REACHED',
};

export const debugId = () => randomBytes(7).toString('hex').slice(0, 13);

/** PayPal's error body. */
export function errorBody(status: number, issue?: string, field?: string) {
  const name = FAMILY[status] ?? 'INTERNAL_SERVER_ERROR';
  return {
    name,
    message: `Simulated ${name.toLowerCase().replaceAll('_', ' ')}.`,
    debug_id: debugId(),
    ...(issue ? { details: [{ issue, description: 'Simulated.', ...(field ? { field } : {}) }] } : {}),
    links: [],
  };
}

/** Thrown anywhere in a handler, answered in PayPal's words. */
export class Refusal extends Error {
  readonly status: number;
  readonly issue: string | undefined;
  readonly field: string | undefined;
  constructor(status: number, issue?: string, field?: string) {
    super(issue ?? String(status));
    this.status = status;
    this.issue = issue;
    this.field = field;
  }
}

export const missing = (issue = 'INVALID_RESOURCE_ID') => new Refusal(404, issue);
export const unprocessable = (issue: string, field?: string) => new Refusal(422, issue, field);

/** An empty body is an empty object: captures and full refunds come so, with a JSON content type. */
export async function jsonBody(c: Call): Promise<Json> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  try {
    return object(JSON.parse(text));
  } catch {
    throw new Refusal(400, 'MALFORMED_REQUEST_JSON');
  }
}

export const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
export const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : []);

/** @throws Refusal when it is longer than PayPal takes */
export function shortText(value: unknown, longest: number, field: string): string | undefined {
  const found = text(value);
  if (found !== undefined && found.length > longest) throw new Refusal(400, 'INVALID_STRING_LENGTH', field);
  return found;
}

/** @throws Refusal for an id that is too long */
export function requestIdOf(c: Call): string | undefined {
  const id = c.req.header('paypal-request-id');
  if (id !== undefined && (id.length > 108 || id === '')) {
    throw new Refusal(400, 'INVALID_STRING_LENGTH', 'PayPal-Request-Id');
  }
  return id;
}

/** Sandbox negative tests: `{"mock_application_codes":"INSTRUMENT_DECLINED"}`. */
export function obeyMockHeader(c: Call) {
  const header = c.req.header('paypal-mock-response');
  if (!header) return;
  const code = text((JSON.parse(header) as Json)['mock_application_codes']);
  if (code) throw unprocessable(code);
}

const CURRENCIES = new Set(
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' '),
);
const WITHOUT_DECIMALS = new Set(['HUF', 'JPY', 'TWD']);

/** @throws Refusal as PayPal refuses amounts */
export function moneyOf(value: unknown, field: string): WireMoney {
  const { currency_code, value: amount } = object(value);
  const currency = text(currency_code);
  const digits = text(amount);
  if (!currency || !digits) throw new Refusal(400, 'MISSING_REQUIRED_PARAMETER', field);
  if (!CURRENCIES.has(currency)) throw unprocessable('CURRENCY_NOT_SUPPORTED', field);
  if (!/^\d+(\.\d+)?$/.test(digits) || digits.length > 32) throw new Refusal(400, 'INVALID_PARAMETER_SYNTAX', field);
  const decimals = digits.split('.')[1]?.length ?? 0;
  if (WITHOUT_DECIMALS.has(currency) && decimals > 0) throw unprocessable('DECIMALS_NOT_SUPPORTED', field);
  if (decimals > 2) throw unprocessable('DECIMAL_PRECISION', field);
  if (cents({ currency_code: currency, value: digits }) === 0n)
    throw unprocessable('CANNOT_BE_ZERO_OR_NEGATIVE', field);
  return { currency_code: currency, value: digits };
}

/** Hundredths, whatever the currency: only for adding and comparing. */
export function cents({ value }: WireMoney): bigint {
  const [whole = '0', fraction = ''] = value.split('.');
  return BigInt(`${whole}${fraction.padEnd(2, '0')}`);
}

export function wireOf(amount: bigint, currency: string): WireMoney {
  const digits = amount.toString().padStart(3, '0');
  const value = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  return { currency_code: currency, value: WITHOUT_DECIMALS.has(currency) ? value.slice(0, -3) : value };
}

/** Answers an object: in full or, as PayPal does unless told, with just id, status and links. */
export function answer(c: Call, world: World, body: { id: string; status: string; links: Json[] }, status: 200 | 201) {
  const { brokenLinks } = world.settings();
  const full = c.req.method === 'GET' || c.req.header('prefer') === 'return=representation';
  const shown = full ? body : { id: body.id, status: body.status, links: body.links };
  if (brokenLinks === 0) return c.json(shown, status);
  world.change({ brokenLinks: brokenLinks - 1 });
  return c.json({ ...shown, links: [{ rel: 'self', method: 'GET' }, ...body.links] }, status);
}
