import { describe, expect, it } from '@jest/globals';
import type { OrderView } from '#api/contracts/orders.ts';
import { openApi } from '#cli/commands/api.ts';
import { EXIT } from '#cli/commands/failure.ts';
import { settle } from './sell.ts';

const order = (status: 'provisioning' | 'active') =>
  ({ id: 'o-1', status, story: { happened: [], next: {}, final: status === 'active' } }) as unknown as OrderView;
const unavailable = { type: 'about:blank', title: 'x', status: 503, code: 'database_unavailable', detail: 'Not now.' };

/** An API that answers so, one call after the other; the last answer is repeated. */
const answering = (...answers: (() => Response)[]) =>
  openApi({ url: 'http://api.test', key: 'k' } as never, async () =>
    (answers.length > 1 ? answers.shift()! : answers[0]!)(),
  );
const refused = (): Response => {
  throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
};
const away = () => Response.json(unavailable, { status: 503, headers: { 'content-type': 'application/problem+json' } });
const cut = () =>
  new Response(
    new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from('{"id":')),
      pull: (stream) => stream.error(new TypeError('terminated')),
    }),
  );
const proxy = () => new Response('<html>Bad Gateway</html>', { status: 502 });
const tooOften = () => new Response('', { status: 429, headers: { 'retry-after': '3600' } });
const shows = (status: 'provisioning' | 'active') => () => Response.json(order(status));
const placed = { order: order('provisioning') };

describe('waiting for orders', () => {
  it('goes on over an API, or its database, that is away for a moment', async () => {
    const api = answering(shows('provisioning'), refused, away, shows('active'));
    expect((await settle(api, [placed], 10_000)).get(placed)!.status).toBe('active');
  });

  it.each([
    ['breaks off', cut],
    ['is that of a proxy that cannot reach it', proxy],
    ['is that it was asked too often', tooOften],
  ])('goes on over an answer that %s', async (_, answer) => {
    const api = answering(answer, shows('active'));
    expect((await settle(api, [placed], 10_000)).get(placed)!.status).toBe('active');
  });

  it('says that nobody answers when the time is over, with the exit that stands for it', async () => {
    await expect(settle(answering(refused), [placed], 300)).rejects.toMatchObject({
      code: 'unreachable',
      exit: EXIT.unreachable,
    });
    await expect(settle(answering(away), [placed], 300)).rejects.toMatchObject({
      code: 'database_unavailable',
      exit: EXIT.unreachable,
    });
  });
});
