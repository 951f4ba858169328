import { z } from 'zod';
import type { vendorHttp } from '#activities/http/vendor.ts';
import type { PanelCheck } from '../panel.ts';
import { ACCOUNTS, ANY_STATUS } from './client.ts';
import { probe } from './probes.ts';
import { AccountList } from './wire.ts';
import { detailOf, remedy } from './words.ts';

const Health = z.object({ status: z.string().optional(), version: z.union([z.string(), z.number()]).optional() });
const HEALTHY = new Set(['ok', 'healthy']);
const HEALTH_TIMEOUT_MS = 5_000;

type Step = PanelCheck['steps'][number];

interface HowToCheck {
  baseURL: string;
  /** The address we call from. */
  egressAddress: string | undefined;
  timeoutMs: number;
  /** Without the list of accounts and what the panel can. */
  quick: boolean;
}

/**
 * Whether a server is there, knows our key, and lets it write. The write probe is a creation without any field,
 * which a panel refuses after it has checked the rights. Bodies of strangers are not shown: only what NextPanel
 * itself says of a refused key.
 */
export async function checkPanel(
  http: ReturnType<typeof vendorHttp>,
  { baseURL, egressAddress, timeoutMs, quick }: HowToCheck,
): Promise<PanelCheck> {
  let version: string | undefined;
  let accounts: number | undefined;

  const denied = (status: number, data: unknown) => {
    const detail = detailOf(data);
    return `${status} ${detail}. ${remedy(status, detail, egressAddress)}`;
  };

  const health = async (): Promise<Omit<Step, 'name'>> => {
    const { status, data } = await http('say how it is', '/api/health', {
      accept: ANY_STATUS,
      timeoutMs: Math.min(HEALTH_TIMEOUT_MS, timeoutMs),
    });
    if (status !== 200) return { ok: false, message: `It answered ${status}. Check the base URL.` };
    // The previous client looked at the status code only, so a body that is not JSON is not held against it.
    const body = Health.safeParse(data);
    if (!body.success) return { ok: true, message: 'It answers.' };
    version = body.data.version === undefined ? undefined : String(body.data.version).slice(0, 50);
    const word = body.data.status?.toLowerCase();
    if (word !== undefined && !HEALTHY.has(word)) {
      // One word of a panel is told; what is none could be anybody's.
      return { ok: false, message: `It says of itself: ${/^[a-z_ -]{1,50}$/.test(word) ? word : 'something else'}.` };
    }
    return { ok: true, message: version ? `It answers, version ${version}.` : 'It answers.' };
  };

  const listing = async (): Promise<Omit<Step, 'name'>> => {
    const { status, data } = await http('list its accounts', ACCOUNTS, { accept: ANY_STATUS });
    if (status === 401 || status === 403) return { ok: false, message: denied(status, data) };
    const list = AccountList.safeParse(data);
    if (status !== 200 || !list.success) {
      return { ok: false, message: `It answered ${status}, but not with a list of accounts. Check the base URL.` };
    }
    accounts = list.data.length;
    return { ok: true, message: `The key is accepted; ${accounts} accounts.` };
  };

  const writing = async (): Promise<Omit<Step, 'name'>> => {
    const { status, data } = await http('refuse an empty account', ACCOUNTS, {
      method: 'POST',
      body: {},
      accept: ANY_STATUS,
    });
    if (status === 422 || status === 400) return { ok: true, message: 'The key may make accounts.' };
    if (status === 401 || status === 403) return { ok: false, message: denied(status, data) };
    if (status < 300) {
      return { ok: false, message: `It answered ${status} to a request without any field. This is not a NextPanel.` };
    }
    return { ok: false, message: `It answered ${status} to the write probe.` };
  };

  const steps: Step[] = [];
  const looks = [
    ['Reach the server', health],
    ...(quick ? [] : [['Sign in and list accounts', listing] as const]),
    ['Right to make accounts', writing],
  ] as const;
  for (const [name, run] of looks) {
    const step = await run().catch((error: unknown) => coarse(error, baseURL));
    steps.push({ name, ...step });
    // Without a server or a key the rest would only repeat the reason.
    if (!step.ok) break;
  }
  const ok = steps.length === looks.length && steps.every((step) => step.ok);
  const capabilities = ok && !quick ? await probe(http) : undefined;
  return { ok, version, accounts, ...(capabilities && { capabilities }), steps };
}

/** By the address as it was typed, never by where its name leads. */
function notAllowed({ protocol, hostname, port, origin }: URL): string {
  if (protocol === 'http:') {
    return `Calling ${origin} is not allowed: it is not encrypted. Use https, or list exactly "${origin}" in EGRESS_ALLOW.`;
  }
  const listed = `${hostname}:${port || 443}`;
  return (
    `Calling ${listed} is not allowed: it is in a private network, or its port is none that panels have. ` +
    `List "${listed}" in EGRESS_ALLOW if that is meant.`
  );
}

/** Of a failed connection only its kind: the words of whoever answered could be anybody's. */
function coarse(error: unknown, baseURL: string): Omit<Step, 'name'> {
  const { name } = error as Error;
  let cause: unknown = error;
  while (cause instanceof Object && 'cause' in cause && cause.cause) cause = cause.cause;
  const code = (cause as { code?: unknown }).code;
  if (name === 'VendorRefused') return { ok: false, message: notAllowed(new URL(baseURL)) };
  const certificate = typeof code === 'string' && /CERT|TLS|SSL|EPROTO|UNABLE_TO/.test(code);
  if (certificate)
    return { ok: false, message: 'Its certificate is not valid for this address, or it does not speak https.' };
  return { ok: false, message: 'No usable answer. Check the address, the port and that the panel is running.' };
}
