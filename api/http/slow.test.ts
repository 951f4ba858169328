import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { boundConnections, LIMITS, serve } from './server.ts';
import { createLog } from '../operation/log.ts';

/** The same server with less patience. */
const IMPATIENT = {
  ...LIMITS,
  headersTimeout: 150,
  requestTimeout: 250,
  keepAliveTimeout: 60,
  keepAliveTimeoutBuffer: 10,
  connectionsCheckingInterval: 20,
  silence: 400,
};
const abandoned = Promise.withResolvers<void>();
const endless = () =>
  new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    cancel: () => abandoned.resolve(),
  });

let server: Awaited<ReturnType<typeof serve>>;
const sockets = new Set<Socket>();
beforeAll(async () => {
  const app = {
    fetch: async (request: Request) =>
      new Response(
        request.url.endsWith('/endless') ? endless() : request.method === 'POST' ? await request.text() : 'hello',
      ),
  };
  const log = createLog('silent');
  server = await serve({ app, licenses: { ...app, paths: [] }, host: '127.0.0.1', port: 0, log, limits: IMPATIENT });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server.stop();
});

/** A client that sends only what it is told to. */
function client(...parts: string[]) {
  const socket = connect(server.port, '127.0.0.1');
  sockets.add(socket);
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => (said += text));
  // Being cut off in the middle of a word is what is looked for.
  socket.on('error', () => {});
  for (const part of parts) socket.write(part);
  return { socket, closed: new Promise<string>((resolve) => socket.on('close', () => resolve(said))) };
}
/** Sends a bit now and then until it is cut off. */
function drip(socket: Socket, bit: string): void {
  const timer = setInterval(() => socket.write(bit), 20);
  socket.on('close', () => clearInterval(timer));
}
const asks = 'GET / HTTP/1.1\r\nHost: localhost\r\n';

describe('IN-03: slow clients', () => {
  it('have 15 s for headers, 30 s for a request, 5 s between requests', () => {
    expect(LIMITS).toMatchObject({ headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 });
  });

  it('that never finish their headers are cut off, however steadily they write', async () => {
    const { socket, closed } = client(asks);
    drip(socket, 'X-A: b\r\n');
    expect(await closed).toMatch(/^$|^HTTP\/1\.1 408 /);
  });

  it('that say nothing at all are cut off', async () => {
    expect(await client().closed).toMatch(/^$|^HTTP\/1\.1 408 /);
  });

  it.each([
    ['a length', 'Content-Length: 100000', 'x'],
    ['chunks', 'Transfer-Encoding: chunked', '1\r\nx\r\n'],
  ])('that never finish a body with %s are cut off', async (_, header, bit) => {
    const { socket, closed } = client(`POST / HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
    drip(socket, bit);
    expect(await closed).toMatch(/^$|^HTTP\/1\.1 408 /);
  });

  it('that keep a connection without asking anything more lose it', async () => {
    expect(await client(`${asks}\r\n`).closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello$/);
  });

  it('that do not read their answer lose it', async () => {
    const { socket } = client(asks.replace('/ ', '/endless ') + '\r\n');
    socket.pause();
    await abandoned.promise;
    socket.resume();
  });

  it('do not keep others waiting', async () => {
    const slow = Array.from({ length: 200 }, () => client(asks));
    for (const { socket } of slow) drip(socket, 'X-A: b\r\n');
    expect(await (await fetch(server.address)).text()).toBe('hello');
    await Promise.all(slow.map(({ closed }) => closed));
  });
});

describe('IN-03: connections of one address', () => {
  const from = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroyed: false, destroy: () => {} });
    socket.destroy = () => void (socket.destroyed = true);
    return socket;
  };

  it('are so many at once and no more; one that ends makes room, and others have their own', () => {
    const listener = new EventEmitter();
    boundConnections(listener, 3);
    const open = (address: string) => {
      const socket = from(address);
      listener.emit('connection', socket);
      return socket;
    };
    const first = [1, 2, 3].map(() => open('203.0.113.7'));
    expect(first.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
    expect(open('203.0.113.7').destroyed).toBe(true);
    expect(open('203.0.113.8').destroyed).toBe(false);
    first[0]!.emit('close');
    expect(open('203.0.113.7').destroyed).toBe(false);
    expect(open('203.0.113.7').destroyed).toBe(true);
    expect([1, 2, 3, 4].map(() => open('127.0.0.1').destroyed)).toEqual([false, false, false, false]);
  });
});
