import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ask, openApi, type Refused } from './api.ts';
import type { Failure } from './failure.ts';

const CONNECTION = { url: 'http://localhost:3000', key: 'hw_key' };
type Answer = () => Response;
/** An API that gives these answers, one after the other. */
const answering = (...answers: Answer[]) => {
  const asked: Request[] = [];
  const fetch = (async (input: string, init: RequestInit) => {
    asked.push(new Request(input, init));
    return answers.shift()!();
  }) as unknown as typeof globalThis.fetch;
  return { api: openApi(CONNECTION, fetch), asked };
};
const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const problem = (status: number, over: object = {}) => {
  const body = {
    type: 'urn:x',
    title: 'x',
    status,
    code: 'node_unknown',
    detail: 'There is no such node.',
    request_id: 'r1',
  };
  return json(status, { ...body, ...over }, { 'content-type': 'application/problem+json' });
};

async function* broken() {
  yield '{"nodes":';
  throw new TypeError('terminated');
}

describe('asking the API', () => {
  it('shows the key, and gives the body', async () => {
    const { api, asked } = answering(() => json(200, { nodes: [] }));
    expect(await ask(api.nodes.$get())).toEqual({ nodes: [] });
    expect(asked[0]!.url).toBe('http://localhost:3000/api/v2/nodes');
    expect(asked[0]!.headers.get('authorization')).toBe('Bearer hw_key');
  });

  it('tells a refusal in the API’s words, with its fields and the id of the request', async () => {
    const errors = [{ pointer: '/node_id', detail: 'is not the id of a node' }];
    const { api } = answering(() => problem(422, { errors }));
    const refused = (await ask(api.nodes.$get()).catch((error: unknown) => error)) as Refused;
    expect(refused).toMatchObject({ name: 'Refused', code: 'node_unknown', exit: 1, requestId: 'r1', status: 422 });
    expect(refused.message).toBe('There is no such node.');
    expect(refused.lines).toEqual(['/node_id is not the id of a node']);
  });

  it('waits as long as it is told when it asked too often', async () => {
    const { api, asked } = answering(
      () => new Response('', { status: 429, headers: { 'retry-after': '0.01' } }),
      () => json(200, { nodes: [] }),
    );
    expect(await ask(api.nodes.$get())).toEqual({ nodes: [] });
    expect(asked).toHaveLength(2);
  });

  it('does not wait for long, or for ever', async () => {
    const limited = (seconds: string) => () => new Response('', { status: 429, headers: { 'retry-after': seconds } });
    const { api, asked } = answering(limited('3600'), ...Array.from({ length: 9 }, () => limited('0.001')));
    await expect(ask(api.nodes.$get())).rejects.toMatchObject({ status: 429 });
    expect(asked).toHaveLength(1);
    await expect(ask(api.nodes.$get())).rejects.toMatchObject({ status: 429 });
    expect(asked).toHaveLength(6);
  });

  it('says when nobody answers: 4, and that trying again is safe', async () => {
    const { api } = answering(() => {
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    });
    const failure = (await ask(api.nodes.$get()).catch((error: unknown) => error)) as Failure;
    expect(failure).toMatchObject({ exit: 4, message: 'http://localhost:3000 does not answer: ECONNREFUSED.' });
    expect(failure.lines.join()).toContain('not done twice');
  });

  it.each([
    ['the database it needs', () => problem(503, { code: 'database_unavailable' }), 'database_unavailable'],
    ['the end of its answer', () => new Response(Readable.toWeb(Readable.from(broken())) as never), 'unreachable'],
  ])('4 when what is missing is %s', async (_, answer, code) => {
    await expect(ask(answering(answer).api.nodes.$get())).rejects.toMatchObject({ code, exit: 4 });
  });

  it('says when somebody else answers', async () => {
    const { api } = answering(() => new Response('<html>', { status: 502 }));
    await expect(ask(api.nodes.$get())).rejects.toMatchObject({ code: 'unexpected_answer', status: 502, exit: 4 });
    const page = answering(() => new Response('<html>'));
    await expect(ask(page.api.nodes.$get())).rejects.toMatchObject({ code: 'unexpected_answer', exit: 1 });
  });
});
