/**
 * Asks the billing product as a panel does (nextpanel.md B1, B4): signed as it should be, and in every way it
 * should not. For the simulator, tests and benchmarks.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';

export interface LicenseQuestion {
  licenseKey: string;
  /** `create_database`, `create_domain`, `create_email`, `create_account`, or another. */
  feature: string;
}

/** `stale`: a clock ten minutes slow. `tampered`: signed for another feature. `replayed`: the last request again. */
export type Manner = 'signed' | 'unsigned' | 'replayed' | 'stale' | 'tampered' | 'legacy' | 'api-key';

export interface PanelClientConfig {
  /** Where the billing product listens, without `/api`. */
  billingUrl: string;
  panelId: string;
  secret: string;
  /** For the manner `legacy`: the installation's license secret and our address as the other side sees it. */
  legacy?: { secret: string; sourceIp: string };
  /** For the manner `api-key`. */
  apiKey?: string;
  fetch?: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface PanelAnswer {
  status: number;
  headers: Record<string, string>;
  /** The exact text, over which the answer's signature goes. */
  text: string;
  /** Parsed, or null when it is not JSON. */
  body: { valid?: boolean; remaining_quota?: number | null; error?: string | null; [more: string]: unknown } | null;
}

const PATH = '/api/v1/licenses/validate';
const USER_AGENT = 'NextPanel/1.0 (simulated)';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex');

/** `X-Panel-Signature`: over timestamp, nonce, method, path with its query, and the SHA-256 of the exact body. */
export function signPanelRequest(
  secret: string,
  request: { timestamp: number; nonce: string; method: string; path: string; body: string },
): string {
  const { timestamp, nonce, method, path, body } = request;
  return `v1=${hmac(secret, [timestamp, nonce, method.toUpperCase(), path, sha256(body)].join('\n'))}`;
}

/** The previous system's signature. The feature is not in it, and the address must be the one that billing sees. */
export function signLegacy(secret: string, licenseKey: string, timestamp: number, sourceIp: string): string {
  const print = sha256(`ip:${sourceIp}|ua:${sha256(USER_AGENT).slice(0, 16)}|lang:${sha256('').slice(0, 8)}`);
  const key = Buffer.byteLength(secret) < 32 ? createHash('sha256').update(secret).digest() : secret;
  return createHmac('sha256', key).update(`${licenseKey}|${timestamp}|${print}`).digest('hex');
}

export function panelClient(config: PanelClientConfig) {
  const { billingUrl, panelId, secret, legacy, apiKey, fetch = globalThis.fetch, now = Date.now } = config;
  let last: { headers: Record<string, string>; body: string } | null = null;

  const prepare = (question: LicenseQuestion, manner: Manner) => {
    if (manner === 'replayed') {
      if (!last) throw new Error('There is no request to replay yet. Ask once with the manner "signed".');
      return last;
    }
    const asked = { license_key: question.licenseKey, feature: question.feature };
    const timestamp = Math.floor(now() / 1_000) - (manner === 'stale' ? 600 : 0);
    if (manner === 'unsigned') return { headers: {}, body: JSON.stringify(asked) };
    if (manner === 'api-key') {
      return { headers: { authorization: `Bearer ${apiKey ?? ''}` }, body: JSON.stringify(asked) };
    }
    if (manner === 'legacy') {
      if (!legacy) throw new Error('The manner "legacy" needs the license secret and our address (`legacy`).');
      const signature = signLegacy(legacy.secret, question.licenseKey, timestamp, legacy.sourceIp);
      return { headers: {}, body: JSON.stringify({ ...asked, timestamp, signature }) };
    }
    const body = JSON.stringify(asked);
    const signed = manner === 'tampered' ? JSON.stringify({ ...asked, feature: 'create_domain' }) : body;
    const nonce = randomBytes(16).toString('hex');
    const headers = {
      'x-panel-id': panelId,
      'x-panel-timestamp': String(timestamp),
      'x-panel-nonce': nonce,
      'x-panel-signature': signPanelRequest(secret, { timestamp, nonce, method: 'POST', path: PATH, body: signed }),
    };
    return { headers, body };
  };

  const validate = async (question: LicenseQuestion, manner: Manner = 'signed'): Promise<PanelAnswer> => {
    last = prepare(question, manner);
    const response = await fetch(new URL(PATH, billingUrl), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        // fetch would send "*" of its own accord, and the legacy signature goes over the header.
        'accept-language': '',
        ...last.headers,
      },
      body: last.body,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), text, body: parse(text) };
  };

  return {
    validate,
    /** Many at once: what a panel does when a customer imports a site. */
    burst: (question: LicenseQuestion, times: number, manner: Manner = 'signed') =>
      Promise.all(Array.from({ length: times }, () => validate(question, manner))),
  };
}
export type PanelClient = ReturnType<typeof panelClient>;

function parse(text: string): PanelAnswer['body'] {
  try {
    return JSON.parse(text) as PanelAnswer['body'];
  } catch {
    return null;
  }
}
