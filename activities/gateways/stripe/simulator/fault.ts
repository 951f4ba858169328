/** An error as Stripe words it. */
export interface StripeErrorBody {
  type?: string;
  code?: string;
  decline_code?: string;
  advice_code?: string;
  message: string;
  param?: string;
  charge?: string;
  payment_intent?: unknown;
}

export class StripeFault extends Error {
  readonly status: number;
  readonly error: StripeErrorBody;
  constructor(status: number, error: StripeErrorBody) {
    super(error.message);
    this.status = status;
    this.error = { type: status === 402 ? 'card_error' : 'invalid_request_error', ...error };
  }
}

export const missing = (kind: string, id: string, param = 'id', status = 404) =>
  new StripeFault(status, { code: 'resource_missing', param, message: `No such ${kind}: '${id}'` });

/** What the planned faults answer. */
export function errorBody(status: number): { error: StripeErrorBody } {
  const type = status >= 500 ? 'api_error' : 'invalid_request_error';
  if (status === 401)
    return { error: { type, code: 'api_key_expired', message: 'Expired API Key provided: sk_test_****' } };
  if (status === 403) {
    return { error: { type, message: 'The provided key does not have the required permissions for this endpoint.' } };
  }
  if (status === 429) return { error: { type, code: 'rate_limit', message: 'Request rate limit exceeded.' } };
  return { error: { type, message: 'An unknown error occurred.' } };
}
