import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '#cli/start/files.ts';
import { EXIT, Failure, wrongUse } from './failure.ts';

export interface Connection {
  /** Origin of the API, without a closing slash. */
  url: string;
  /** Acts for a staff user. */
  key: string;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * HOSTWRIGHT_URL and HOSTWRIGHT_API_KEY, else what `npm start` left in the data folder. The key made here is for the
 * API here: it is never sent to an address from the environment.
 * @throws Failure saying which of the two is missing and how to come by it
 */
export function connectionOf(env: Record<string, string | undefined>, data: string): Connection {
  const { HOSTWRIGHT_URL: named, HOSTWRIGHT_API_KEY: ownKey } = env;
  const url = named || runningHere(data);
  if (!url) {
    throw new Failure('not_running', `Hostwright does not run here: there is no ${join(data, 'running.json')}.`, {
      exit: EXIT.unreachable,
      lines: ['Start it with npm start, or name another with HOSTWRIGHT_URL and HOSTWRIGHT_API_KEY.'],
    });
  }
  const key = ownKey ?? (named ? undefined : keyHere(data));
  if (!key) {
    throw wrongUse(`There is no API key for ${originOf(url)}.`, [
      'Set HOSTWRIGHT_API_KEY. Staff make one with POST /api/v2/api-keys; it may do what its scopes say.',
    ]);
  }
  return { url: originOf(url), key };
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw wrongUse(`HOSTWRIGHT_URL is not an address such as https://portal.example.`);
  }
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    throw wrongUse(`HOSTWRIGHT_URL is plain http to another machine: the key would travel in the clear.`, [
      'Use the https address, or a tunnel to this machine.',
    ]);
  }
  return url.origin;
}

const runningHere = (data: string): string | undefined =>
  readJson<{ addresses?: Record<string, string> }>(join(data, 'running.json'), {}).addresses?.portal;

const keyHere = (data: string): string | undefined => {
  const file = join(data, 'staff.json');
  return existsSync(file) ? readJson<{ apiKey?: string }>(file, {}).apiKey : undefined;
};
