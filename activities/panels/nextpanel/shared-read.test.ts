import { describe, expect, it } from '@jest/globals';
import { sharedRead } from './shared-read.ts';

/** A read that answers when it is told to, with its number. */
function controlled() {
  const reads: PromiseWithResolvers<number>[] = [];
  const read = sharedRead(() => {
    const made = Promise.withResolvers<number>();
    reads.push(made);
    return made.promise;
  });
  return { read, reads, answer: (number: number) => reads[number - 1]!.resolve(number) };
}

describe('a shared read', () => {
  it('is one for all who ask while another is under way, and began after they asked', async () => {
    const { read, reads, answer } = controlled();
    const first = read();
    const [second, third] = [read(), read()];
    expect(reads).toHaveLength(1);
    answer(1);
    expect(await first).toBe(1);
    await new Promise(setImmediate);
    expect(reads).toHaveLength(2);
    answer(2);
    expect(await Promise.all([second, third])).toEqual([2, 2]);
  });

  it('is a new one for whoever asks later', async () => {
    const { read, reads, answer } = controlled();
    const first = read();
    answer(1);
    await first;
    await new Promise(setImmediate);
    const later = read();
    answer(2);
    expect(await later).toBe(2);
    expect(reads).toHaveLength(2);
  });

  it('is never one that was under way: who asks during the second gets the third', async () => {
    const { read, answer } = controlled();
    void read();
    const second = read();
    answer(1);
    await new Promise(setImmediate);
    const third = read();
    answer(2);
    expect(await second).toBe(2);
    await new Promise(setImmediate);
    answer(3);
    expect(await third).toBe(3);
  });

  it('fails for those who waited for it, and for nobody else', async () => {
    const { read, reads, answer } = controlled();
    const first = read();
    const second = read();
    reads[0]!.reject(new Error('down'));
    await expect(first).rejects.toThrow('down');
    await new Promise(setImmediate);
    answer(2);
    expect(await second).toBe(2);
  });
});
