/**
 * PayPal's SDK, made fit for a server: it has no base-URL option, waits forever by default, follows
 * redirects, and keeps a failed sign-in for good. One session is one SDK client with its token.
 */
import {
  Client,
  Environment,
  OrdersController,
  PaymentsController,
  TransactionSearchController,
  VaultController,
  type OAuthToken,
} from '@paypal/paypal-server-sdk';
import { sanitizeJson } from '#activities/http/vendor.ts';

export interface SdkConfig {
  baseURL: string;
  clientId: string;
  clientSecret: string;
  timeoutMs: number;
  /** The guarded fetch of the process: every request of the SDK goes through it. */
  fetch: typeof globalThis.fetch;
}

export interface PaypalSession {
  orders: OrdersController;
  payments: PaymentsController;
  vault: VaultController;
  reporting: TransactionSearchController;
  /** A token that is valid now. Any number of callers at once cause one request. Throws what the SDK throws. */
  token(): Promise<OAuthToken>;
}

/** Seconds before its end at which a token counts as expired. */
const CLOCK_SKEW = 60;
/** What the SDK gets instead of a rejection, which it would cache for good: it fails this call only. */
const NO_TOKEN: OAuthToken = { accessToken: '', tokenType: 'Bearer', expiry: 0n };

export function openSession(config: SdkConfig): PaypalSession {
  let held: OAuthToken | undefined;
  let fetching: Promise<OAuthToken> | undefined;
  const token = async (): Promise<OAuthToken> => {
    const manager = client.clientCredentialsAuthManager;
    if (held && !manager.isExpired(held)) return held;
    fetching ??= manager
      .fetchToken()
      .then((fresh) => (held = fresh))
      .finally(() => (fetching = undefined));
    return fetching;
  };
  const client: RoutedClient = new RoutedClient(config.baseURL, {
    // Only decides the address that `RoutedClient` replaces.
    environment: Environment.Sandbox,
    timeout: config.timeoutMs,
    clientCredentialsAuthCredentials: {
      oAuthClientId: config.clientId,
      oAuthClientSecret: config.clientSecret,
      oAuthClockSkew: CLOCK_SKEW,
      oAuthTokenProvider: () => token().catch(() => NO_TOKEN),
    },
    unstable_httpClientOptions: { adapter: fetchAdapter(config.fetch, config.timeoutMs) },
  });
  return {
    orders: new OrdersController(client),
    payments: new PaymentsController(client),
    vault: new VaultController(client),
    reporting: new TransactionSearchController(client),
    token,
  };
}

/** Sends every request, the token's included, to our base URL. `withConfiguration` would lose this: do not use it. */
class RoutedClient extends Client {
  private readonly baseURL: string;

  constructor(baseURL: string, configuration: ConstructorParameters<typeof Client>[0]) {
    super(configuration);
    this.baseURL = baseURL.replace(/\/+$/, '');
  }

  override getRequestBuilderFactory() {
    const factory = super.getRequestBuilderFactory();
    return (...args: Parameters<typeof factory>) => {
      const builder = factory(...args);
      // Read late: the base constructor already builds controllers, before our field is set.
      builder.interceptRequest((request) => {
        const { pathname, search } = new URL(request.url);
        return { ...request, url: `${this.baseURL}${pathname}${search}` };
      });
      return builder;
    };
  }
}

/** What axios hands to an adapter, as far as the SDK fills it. */
interface AxiosRequest {
  url: string;
  method: string;
  headers: { toJSON(): Record<string, string> };
  data?: string;
}

/**
 * Axios' own way to send a request, replaced by fetch: redirects are answers, the time-out covers the body,
 * proxies of the environment are ignored, and the egress policy holds.
 */
function fetchAdapter(fetch: typeof globalThis.fetch, timeoutMs: number) {
  return async (config: AxiosRequest) => {
    const { 'content-length': _, ...headers } = lowerCased(config.headers.toJSON());
    const response = await fetch(config.url, {
      method: config.method.toUpperCase(),
      headers,
      ...(config.data === undefined ? {} : { body: config.data }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      data: sanitizeJson(await response.text()),
      status: response.status,
      statusText: response.statusText,
      headers: Object.fromEntries(response.headers),
      config,
    };
  };
}

const lowerCased = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
