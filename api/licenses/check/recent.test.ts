import { describe, expect, it } from '@jest/globals';
import { createRecent } from './recent.ts';

function setUp(rows: Record<string, string>) {
  const loads: string[] = [];
  let now = 0;
  const recent = createRecent({
    keepMs: 5_000,
    most: 3,
    nowMs: () => now,
    load: async (name) => {
      loads.push(name);
      return rows[name] ?? null;
    },
  });
  return { recent, loads, pass: (ms: number) => void (now += ms) };
}

describe('what was loaded is kept for five seconds', () => {
  it('and loaded once, however many ask at that time', async () => {
    const { recent, loads, pass } = setUp({ a: 'first' });
    expect(await Promise.all([recent.get('a'), recent.get('a')])).toEqual(['first', 'first']);
    pass(4_999);
    expect(recent.get('a')).toBe('first');
    expect(loads).toEqual(['a']);
    pass(1);
    expect(await recent.get('a')).toBe('first');
    expect(loads).toEqual(['a', 'a']);
  });

  it('as is what does not exist; what is gone is gone after five seconds', async () => {
    const rows: Record<string, string> = { a: 'first' };
    const { recent, loads, pass } = setUp(rows);
    expect(await recent.get('b')).toBeNull();
    expect(recent.get('b')).toBeNull();
    await recent.get('a');
    delete rows.a;
    pass(5_000);
    expect(await recent.get('a')).toBeNull();
    expect(loads).toEqual(['b', 'a', 'a']);
  });

  it('LIM-03: made-up names push out made-up names, never one that exists', async () => {
    const { recent } = setUp({ a: 'first' });
    await recent.get('a');
    for (let i = 0; i < 100; i += 1) await recent.get(`made-up ${i}`);
    expect(recent.sizes()).toEqual({ known: 1, unknown: 3 });
    expect(recent.wasKnown('a')).toBe(true);
    expect(recent.wasKnown('made-up 99')).toBe(false);
  });

  it('a failed load is not remembered', async () => {
    let fails = true;
    const load = async () => {
      if (fails) throw new Error('connection lost');
      return 'first';
    };
    const recent = createRecent({ keepMs: 5_000, most: 3, nowMs: () => 0, load });
    await expect(recent.get('a')).rejects.toThrow('connection lost');
    fails = false;
    expect(await recent.get('a')).toBe('first');
  });
});
