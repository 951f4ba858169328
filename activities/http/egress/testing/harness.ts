/** Servers, resolvers and ways out for the tests of the egress; all closed after each test. */
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect } from '@jest/globals';
import { createEgress, type Egress, type EgressConfig } from '#activities/http/egress.ts';

export const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

export const hello: RequestListener = (request, response) => void response.end(`hello ${request.headers.host}`);
export async function serve(answer: RequestListener = hello, tls?: { key: string; cert: string }) {
  const server: Server = tls ? createHttps(tls, answer) : createHttp(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const CALLEE = { kind: 'node', vendor: 'nextpanel', name: 'ams-1' } as const;
export function egress(config: Partial<EgressConfig> = {}): Egress {
  const made = createEgress({ purpose: 'panel', callee: CALLEE, record: () => undefined, ...config });
  open.push(() => made.close());
  return made;
}

/** A resolver that knows these names, and counts what it was asked. */
export function names(known: Record<string, string[] | (() => string[])>) {
  const asked: string[] = [];
  const resolve = (host: string) => {
    asked.push(host);
    const found = known[host];
    const addresses = typeof found === 'function' ? found() : (found ?? []);
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { resolve, asked };
}

/** What a request came to: its text, or the innermost error. */
export async function outcome(request: Promise<Response>) {
  try {
    const response = await request;
    return { status: response.status, text: await response.text() };
  } catch (error) {
    let root = error as Error & { code?: string };
    while (root.cause) root = root.cause as typeof root;
    return { code: root.code, message: root.message };
  }
}
export const blocked = (words: string) => ({ code: 'EGRESS_BLOCKED', message: expect.stringContaining(words) });
