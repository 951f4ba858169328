import type { Context } from 'hono';
import type { ApiContext, ApiEnv } from '#api/http/context.ts';
import { LicenseCheck } from '#api/contracts/validate.ts';
import { readBody } from '#api/http/middleware/body.ts';
import { clientAddress } from '#api/http/middleware/network.ts';
import { checkJson } from '#api/http/middleware/strict-json.ts';
import { invalid, Problem } from '#api/http/problem.ts';
import type { Asked } from './callers.ts';

const BODY_LIMIT = 64 * 1024;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * Reads what is asked. Headers are taken from Node where it is Node that listens, as it has parsed them already.
 * @throws Problem 400, 413, 415, 421 or 422; never repeats what was sent
 */
export async function readQuestion(
  c: Context<ApiEnv>,
  networkOf: NetworkOf,
  hosts: { has(host: string): boolean },
): Promise<Asked> {
  const headers = c.env?.incoming?.headers;
  const header = headers ? (name: string) => headers[name] as string | undefined : (name: string) => c.req.header(name);
  if (!hosts.has((header('host') ?? '').toLowerCase())) {
    throw new Problem(421, 'unknown_host', 'This server does not answer to that host name; PUBLIC_URL says which.');
  }
  if (!JSON_TYPE.test(header('content-type') ?? 'application/json')) {
    throw new Problem(415, 'not_json', 'Send the question as application/json.');
  }
  const body = await readBody(c as ApiContext, BODY_LIMIT);
  const parsed = LicenseCheck.safeParse(checkJson(body));
  if (!parsed.success) throw invalid('json', parsed.error);

  const { url } = c.req;
  return {
    method: c.req.method,
    path: url.slice(url.indexOf('/', 8)),
    body,
    check: parsed.data,
    network: networkOf(c.env?.incoming?.socket.remoteAddress, header('x-forwarded-for')),
    header,
  };
}

type NetworkOf = (peer: string | undefined, forwardedFor: string | undefined) => string;

/** The client's address; parsing one costs more than a signature, and the same few panels ask all the time. */
export function createNetworkOf(trusted: { has(address: string): boolean }, most = 10_000): NetworkOf {
  const known = new Map<string, string>();
  return (peer = '', forwardedFor = '') => {
    const key = `${peer}|${forwardedFor}`;
    let network = known.get(key);
    if (network === undefined) {
      network = clientAddress(peer, forwardedFor || undefined, trusted);
      if (known.size >= most) known.clear();
      known.set(key, network);
    }
    return network;
  };
}
