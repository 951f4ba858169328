import { describe, expect, it } from '@jest/globals';
import { naming, type CallRecord } from './calls.ts';
import { egress, outcome, serve } from './egress/testing/harness.ts';

/** A way out to a server of our own, and what it kept of each call. */
async function watched(answer: Parameters<typeof serve>[0]) {
  const port = await serve(answer);
  const kept: CallRecord[] = [];
  const { fetch } = egress({
    allow: [`http://127.0.0.1:${port}`],
    timeoutMs: 300,
    maxResponseBytes: 1_000,
    record: (call) => kept.push(call),
  });
  return { kept, ask: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) };
}

const callee = { kind: 'node', vendor: 'nextpanel', name: 'ams-1' };
const ms = expect.any(Number);

describe('a call of a vendor', () => {
  it('is told of once: what for, whom, its status and its milliseconds, and nothing of what went over the wire', async () => {
    const { kept, ask } = await watched((_request, response) => void response.writeHead(422).end('body-canary'));
    const init = { method: 'POST', body: 'body-canary', headers: { 'x-api-secret': 'header-canary' } };
    await naming('make account c7k2', async () => outcome(ask('/path-canary?token=query-canary', init)));
    expect(kept).toEqual([{ ...callee, operation: 'make account c7k2', status: 422, ms }]);
    expect(JSON.stringify(kept)).not.toContain('canary');
  });

  it('takes until its last byte', async () => {
    const { kept, ask } = await watched((_request, response) => {
      response.writeHead(200).write('and ');
      setTimeout(() => response.end('so on'), 120);
    });
    await outcome(ask('/'));
    expect(kept[0]!.ms).toBeGreaterThanOrEqual(100);
  });

  it('without a name is told of by its method alone', async () => {
    const { kept, ask } = await watched((_request, response) => void response.writeHead(204).end());
    await ask('/', { method: 'DELETE' });
    expect(kept).toEqual([{ ...callee, operation: 'DELETE something', status: 204, ms }]);
  });

  it.each<[string, Parameters<typeof serve>[0], object]>([
    ['that is cut off', (request) => void request.socket.destroy(), { failure: 'UND_ERR_SOCKET' }],
    ['that stays silent', () => undefined, { failure: 'TimeoutError' }],
    [
      'whose answer never ends',
      (_request, response) => void response.writeHead(200).write('and '),
      { status: 200, failure: 'TimeoutError' },
    ],
    [
      'whose answer is too large',
      (_request, response) => void response.writeHead(200).end('x'.repeat(2_000)),
      { status: 200, failure: 'EGRESS_TOO_LARGE' },
    ],
  ])('%s is told of with the reason', async (_, answer, end) => {
    const { kept, ask } = await watched(answer);
    await naming('list its accounts', async () => outcome(ask('/')));
    expect(kept).toEqual([{ ...callee, operation: 'list its accounts', ...end, ms }]);
  });

  it('that the policy does not let out is told of as well', async () => {
    const { kept, ask } = await watched(() => undefined);
    await outcome(ask('0/elsewhere'));
    expect(kept).toEqual([expect.objectContaining({ failure: 'EGRESS_BLOCKED' })]);
  });
});
