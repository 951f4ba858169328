import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { egress, open, outcome, serve } from './testing/harness.ts';

describe('SSRF-06 limits', () => {
  it('an answer over the limit ends with an error, counted after decompression', async () => {
    const port = await serve((request, response) => {
      const body = Buffer.alloc(request.url === '/fits' ? 1_000 : 1_001, 'x');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body));
    });
    const { fetch } = egress({ allow: [`http://127.0.0.1:${port}`], maxResponseBytes: 1_000 });
    expect(await outcome(fetch(`http://127.0.0.1:${port}/fits`))).toMatchObject({ text: 'x'.repeat(1_000) });
    expect(await outcome(fetch(`http://127.0.0.1:${port}/large`))).toMatchObject({ code: 'EGRESS_TOO_LARGE' });
  });

  it('a server that never speaks TLS is given up after the connect time-out', async () => {
    const gone = Promise.withResolvers<void>();
    const silent = createTcp((socket) => void socket.resume().on('close', gone.resolve));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => silent.close(resolve)));
    const { port } = silent.address() as AddressInfo;
    const { fetch } = egress({ allow: [`127.0.0.1:${port}`], connectTimeoutMs: 60 });
    expect(await outcome(fetch(`https://127.0.0.1:${port}/`))).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
    // The half-open connection does not linger.
    await gone.promise;
  });

  it('an answer that never ends is given up after the total time', async () => {
    const port = await serve((_request, response) => void response.writeHead(200).write('and '));
    const { fetch } = egress({ allow: [`http://127.0.0.1:${port}`], timeoutMs: 80 });
    expect(await outcome(fetch(`http://127.0.0.1:${port}/`))).toMatchObject({
      message: expect.stringContaining('timeout'),
    });
  });

  it("the caller's own signal still counts", async () => {
    const port = await serve(() => undefined);
    const { fetch } = egress({ allow: [`http://127.0.0.1:${port}`] });
    const request = fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(40) });
    expect(await outcome(request)).toMatchObject({ message: expect.stringContaining('timeout') });
  });
});

describe('SSRF-01 nothing else goes out', () => {
  /** Clients of HTTP, and what they are made of. The linter refuses the global `fetch` in the same rooms. */
  const CLIENT =
    /^import (?!type ).*from '(undici|axios|got|node-fetch|superagent|(node:)?https?|(node:)?http2)'|import\('(undici|axios|(node:)?https?)'\)/;
  const SOCKET = /^import (?!type ).*\b(connect|createConnection|Socket|TLSSocket)\b.*from '(node:)?(net|tls)'/;
  const ROOMS = ['activities', 'api', 'db', 'domain', 'worker', 'workflows'];
  /** Simulators are the outside world, and tests play with it. */
  const OUTSIDE = /\.test\.ts$|(^|\/)(simulation|simulator|testing)[^/]*(\/|$)|\/simulator[^/]*\.ts$/;
  const EGRESS = ['activities/http/egress.ts', 'activities/http/egress/connection.ts'];

  const sources = ROOMS.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
  ).filter((file) => file.endsWith('.ts') && !OUTSIDE.test(file));

  it('finds the sources', () => {
    expect(sources).toEqual(expect.arrayContaining([...EGRESS, 'activities/http/vendor.ts', 'worker/main.ts']));
  });

  it('no other file imports an HTTP client or opens a socket', () => {
    const opens = (file: string) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .some((line) => CLIENT.test(line) || SOCKET.test(line));
    expect(EGRESS.every(opens)).toBe(true);
    expect(sources.filter((file) => !EGRESS.includes(file) && opens(file))).toEqual([]);
  });
});
