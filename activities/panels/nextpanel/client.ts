/** The calls to one NextPanel server: headers, time-outs, and refusals in words. Source: nextpanel.md A2, A4, A6. */
import type { PanelCapability } from '#domain/services/panel-capabilities.ts';
import { vendorHttp, type VendorCall } from '#activities/http/vendor.ts';
import { sharedRead } from './shared-read.ts';
import { Account, AccountList } from './wire.ts';
import { detailOf, EXPLAINED, refusal } from './words.ts';

/** What not every NextPanel has (nextpanel.md A4, calls 9 to 11); set per server. */
export type NextPanelCapabilities = Partial<Record<PanelCapability, boolean>>;

export interface NextPanelConfig {
  /** Our name of the server, for messages. */
  node: string;
  /** As `normalizeBaseURL` gives it. */
  baseURL: string;
  apiKey: string;
  apiSecret: string;
  capabilities?: NextPanelCapabilities;
  /** The address we call from, named to staff when the panel does not let us in. */
  egressAddress?: string | undefined;
  /** The guarded fetch of `egress.ts`. */
  fetch?: typeof globalThis.fetch;
  /** For each call; a creation 30 s and everything else 10 s unless told. */
  timeoutMs?: number;
}

export const ACCOUNTS = '/api/v1/billing/accounts';
export const accountPath = (externalId: string) => `${ACCOUNTS}/${encodeURIComponent(externalId)}`;

/** Every status is an answer, where it is looked at what it means. */
export const ANY_STATUS = Array.from({ length: 300 }, (_, n) => 300 + n);

/** An answer that is fine, or a refusal that the caller may read before it throws what is left over. */
export interface Answer<T> {
  ok: boolean;
  status: number;
  data: T;
  /** The panel's words when it refused. */
  detail: string;
  refuse(): Error;
}

export function nextPanelClient(config: NextPanelConfig) {
  const { node, baseURL, apiKey, apiSecret, egressAddress, fetch, timeoutMs } = config;
  const vendor = `NextPanel on ${node}`;
  const secrets = [apiKey, apiSecret];
  const http = vendorHttp(vendor, {
    baseURL,
    headers: { 'x-api-key': apiKey, 'x-api-secret': apiSecret },
    timeoutMs: timeoutMs ?? 10_000,
    ...(fetch ? { fetch } : {}),
  });

  const call = async <T>(what: string, path: string, options: VendorCall<T> = {}): Promise<Answer<T>> => {
    const { status, data } = await http(what, path, { ...options, accept: EXPLAINED });
    const ok = status < 300;
    const detail = ok ? '' : detailOf(data, [...secrets, ...(options.conceal ?? [])]);
    const refuse = () => refusal(`${vendor} could not ${what}`, status, detail, egressAddress);
    return { ok, status, data, detail, refuse };
  };

  /** The same for a call of whose refusals none is expected. */
  const must = async <T>(what: string, path: string, options: VendorCall<T> = {}): Promise<T> => {
    const { ok, data, refuse } = await call(what, path, options);
    if (!ok) throw refuse();
    return data;
  };

  return {
    vendor,
    http,
    call,
    must,
    /** Every row of the server, as it came; a burst of callers shares the reads. */
    look: sharedRead(() => must('list its accounts', ACCOUNTS, { reply: AccountList })),
    async one(externalId: string): Promise<Account | null> {
      const answer = await call(`show account ${externalId}`, accountPath(externalId), { reply: Account });
      if (answer.status === 404) return null;
      if (!answer.ok) throw answer.refuse();
      return answer.data.status?.toLowerCase() === 'deleted' ? null : answer.data;
    },
  };
}
export type NextPanelClient = ReturnType<typeof nextPanelClient>;
