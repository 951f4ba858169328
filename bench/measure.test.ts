import { describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { closedLoop, openLoop } from './load/loops.ts';
import type { Question } from './load/questions.ts';
import { interleaved, median, verdict, type Figure } from './measure.ts';
import { render } from './results.ts';
import { expectedAnswer, keyOf, quotaOf, gaugeOf } from './seeds/licenses.ts';

describe('figures', () => {
  it('a median is the middle, or between the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow('No rounds');
  });

  it.each([
    [0.5, 0.3, 0.45, 'aim'],
    [0.35, 0.3, 0.45, 'must'],
    [0.29, 0.3, 0.45, 'missed'],
    [5, 15, 6, 'aim'],
    [10, 15, 6, 'must'],
    [16, 15, 6, 'missed'],
  ] as const)('%d against must %d and aim %d: %s', (value, must, aim, reached) => {
    expect(verdict({ value, must, aim })).toBe(reached);
  });

  it('each round runs every contender once, beginning with another one', async () => {
    const order: string[] = [];
    const results = await interleaved(['a', 'b', 'c'], 3, async (name, round) => {
      order.push(name);
      return `${name}${round}`;
    });
    expect(order.join('')).toBe('abcbcacab');
    expect(results).toEqual({ a: ['a0', 'a1', 'a2'], b: ['b0', 'b1', 'b2'], c: ['c0', 'c1', 'c2'] });
  });

  it('the table names every figure, and says so when one misses its must', () => {
    const figure: Figure = {
      id: 'validate-p99',
      value: 22.4,
      unit: 'ms',
      baseline: null,
      must: 15,
      aim: 6,
      rounds: [20, 22.4, 25],
      command: 'npm run bench -- validate-p99',
      date: '2026-11-21',
      machine: '2 cores',
    };
    const table = render([figure], []);
    expect(table).toContain('| `validate-p99` | 22.4 ms | 20 to 25 in 3 |  | 15 | 6 | **no** | 2026-11-21 |');
  });
});

describe('the load generator', () => {
  /** Answers each request after so many milliseconds; the first one stalls. */
  async function server(stallMs: number) {
    let asked = 0;
    const listener = createServer((socket) => {
      socket.on('data', () => {
        asked += 1;
        const answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
        if (asked === 1) setTimeout(answer, stallMs);
        else answer();
      });
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return { port: (listener.address() as AddressInfo).port, listener, asked: () => asked };
  }
  const questions = (count: number): Question[] =>
    Array.from({ length: count }, () => ({ bytes: Buffer.from('POST / HTTP/1.1\r\n\r\n'), license: 1, feature: 1 }));

  it('an open loop counts the wait of those whose turn came while one connection stalled', async () => {
    const { port, listener } = await server(200);
    const result = await openLoop({ port, connections: 1, questions: questions(20), isProduct: false, rate: 200 });
    listener.close();
    expect(result.answers).toBe(20);
    // Due within 100 ms, all of them waited for the stalled one.
    expect(result.latency.p50).toBeGreaterThan(100);
  });

  it('a closed loop asks again as soon as it heard, and answers that are wrong void the run', async () => {
    const { port, listener, asked } = await server(0);
    const options = { port, connections: 4, questions: questions(400), seconds: 60 };
    expect((await closedLoop({ ...options, isProduct: true, questions: questions(50) })).answers).toBe(50);
    expect(asked()).toBe(50);
    await expect(closedLoop({ ...options, isProduct: true })).rejects.toThrow('was right');
    listener.close();
  });
});

describe('the seeded licenses', () => {
  it('are known by number to whoever asks and whoever answers', () => {
    expect(keyOf(7)).toBe(keyOf(7));
    expect(keyOf(7)).not.toBe(keyOf(8));
    expect(expectedAnswer(97, 0)).toEqual({ valid: false, remaining_quota: null });
    expect(expectedAnswer(1, 3)).toEqual({ valid: true, remaining_quota: quotaOf(3) - gaugeOf(1, 3) });
  });
});
