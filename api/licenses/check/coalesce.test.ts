import { describe, expect, it } from '@jest/globals';
import { createCoalescer } from './coalesce.ts';

/** A database whose statements end when the test says so. */
function slowDatabase() {
  const asked: number[][] = [];
  const open: { resolve(answers: string[]): void; reject(error: Error): void; questions: number[] }[] = [];
  return {
    asked,
    ask: (questions: number[]) =>
      new Promise<string[]>((resolve, reject) => {
        asked.push(questions);
        open.push({ resolve, reject, questions });
      }),
    answerNext() {
      const { resolve, questions } = open.shift()!;
      resolve(questions.map((question) => `answer ${question}`));
    },
    failNext: () => open.shift()!.reject(new Error('connection lost')),
  };
}
const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const settings = { inFlight: 2, most: 3, queue: 5, waitMs: 500 };

describe('questions that come together are one statement', () => {
  it('joins those of one turn, keeps the others waiting while all statements are busy, and answers each its own', async () => {
    const database = slowDatabase();
    const ask = createCoalescer({ ...settings, ask: database.ask, nowMs: () => 0 });
    const first = [1, 2].map(ask);
    await turn();
    const second = [3, 4, 5, 6].map(ask);
    await turn();
    expect(database.asked).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    database.answerNext();
    expect(await Promise.all(first)).toEqual(['answer 1', 'answer 2']);
    await turn();
    expect(database.asked[2]).toEqual([6]);
    database.answerNext();
    database.answerNext();
    expect(await Promise.all(second)).toEqual(['answer 3', 'answer 4', 'answer 5', 'answer 6']);
  });

  it('a statement that fails tells those who waited for it, and no one else', async () => {
    const database = slowDatabase();
    const ask = createCoalescer({ ...settings, most: 1, ask: database.ask, nowMs: () => 0 });
    const [a, b] = [ask(1), ask(2)];
    await turn();
    database.failNext();
    database.answerNext();
    await expect(a).rejects.toThrow('connection lost');
    await expect(b).resolves.toBe('answer 2');
  });

  it('PANEL-08: turns questions away when too many wait', async () => {
    const database = slowDatabase();
    const ask = createCoalescer({ ...settings, inFlight: 1, most: 1, ask: database.ask, nowMs: () => 0 });
    ask(0);
    await turn();
    for (let i = 1; i <= 5; i += 1) void ask(i);
    await expect(ask(6)).rejects.toMatchObject({ name: 'Overloaded' });
  });

  it('PANEL-08: puts aside who waited half a second, and asks for the rest', async () => {
    let now = 0;
    const database = slowDatabase();
    const ask = createCoalescer({ ...settings, inFlight: 1, ask: database.ask, nowMs: () => now });
    void ask(1);
    await turn();
    const late = ask(2);
    now = 200;
    const inTime = ask(3);
    now = 500;
    database.answerNext();
    await expect(late).rejects.toMatchObject({ name: 'Overloaded' });
    await turn();
    expect(database.asked[1]).toEqual([3]);
    database.answerNext();
    await expect(inTime).resolves.toBe('answer 3');
  });
});
