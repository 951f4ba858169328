import { z } from 'zod';
import type { vendorHttp } from '#activities/http/vendor.ts';
import type { PanelCheck } from '../panel.ts';
import { AccountList } from './wire.ts';
import { detailOf, remedy } from './words.ts';

const Health = z.object({ status: z.string().optional(), version: z.union([z.string(), z.number()]).optional() });
const HEALTHY = new Set(['ok', 'healthy']);
const HEALTH_TIMEOUT_MS = 5_000;

/** Every status is an answer here: the steps say what it means. */
const ANY = Array.from({ length: 300 }, (_, n) => 300 + n);

type Step = PanelCheck['steps'][number];

/**
 * Whether a server is there, knows our key, and lets it write. The write probe is a creation without any field,
 * which a panel refuses after it has checked the rights. Bodies of strangers are not shown: only what NextPanel
 * itself says of a refused key.
 */
export async function checkPanel(
  http: ReturnType<typeof vendorHttp>,
  accountsPath: string,
  ourAddress: string | undefined,
  timeoutMs: number,
): Promise<PanelCheck> {
  let version: string | undefined;
  let accounts: number | undefined;

  const denied = (status: number, data: unknown) => {
    const detail = detailOf(data);
    return `${status} ${detail}. ${remedy(status, detail, ourAddress)}`;
  };

  const health = async (): Promise<Omit<Step, 'name'>> => {
    const { status, data } = await http('say how it is', '/api/health', {
      accept: ANY,
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
    const { status, data } = await http('list its accounts', accountsPath, { accept: ANY });
    if (status === 401 || status === 403) return { ok: false, message: denied(status, data) };
    const list = AccountList.safeParse(data);
    if (status !== 200 || !list.success) {
      return { ok: false, message: `It answered ${status}, but not with a list of accounts. Check the base URL.` };
    }
    accounts = list.data.length;
    return { ok: true, message: `The key is accepted; ${accounts} accounts.` };
  };

  const writing = async (): Promise<Omit<Step, 'name'>> => {
    const { status, data } = await http('refuse an empty account', accountsPath, {
      method: 'POST',
      body: {},
      accept: ANY,
    });
    if (status === 422 || status === 400) return { ok: true, message: 'The key may make accounts.' };
    if (status === 401 || status === 403) return { ok: false, message: denied(status, data) };
    if (status < 300) {
      return { ok: false, message: `It answered ${status} to a request without any field. This is not a NextPanel.` };
    }
    return { ok: false, message: `It answered ${status} to the write probe.` };
  };

  const steps: Step[] = [];
  for (const [name, run] of [
    ['Reach the server', health],
    ['Sign in and list accounts', listing],
    ['Right to make accounts', writing],
  ] as const) {
    const step = await run().catch(coarse);
    steps.push({ name, ...step });
    // Without a server or a key the rest would only repeat the reason.
    if (!step.ok) break;
  }
  return { ok: steps.length === 3 && steps.every(({ ok }) => ok), version, accounts, steps };
}

/** Of a failed connection only its kind: the words of whoever answered could be anybody's. */
function coarse(error: unknown): Omit<Step, 'name'> {
  const { name } = error as Error;
  let cause: unknown = error;
  while (cause instanceof Object && 'cause' in cause && cause.cause) cause = cause.cause;
  const code = (cause as { code?: unknown }).code;
  if (name === 'VendorRefused')
    return { ok: false, message: 'Calling this address is not allowed. List it in EGRESS_ALLOW.' };
  const certificate = typeof code === 'string' && /CERT|TLS|SSL|EPROTO|UNABLE_TO/.test(code);
  if (certificate)
    return { ok: false, message: 'Its certificate is not valid for this address, or it does not speak https.' };
  return { ok: false, message: 'No usable answer. Check the address, the port and that the panel is running.' };
}
