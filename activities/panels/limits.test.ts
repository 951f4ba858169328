import { describe, expect, it } from '@jest/globals';
import { VendorRefused, VendorUnavailable } from '../http/vendor.ts';
import { isCheck, limited } from './limits.ts';
import type { Panel } from './panel.ts';

/** A panel whose calls end when the test says so. */
function slow() {
  const open: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const call = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((done) => void open.push(done));
    running -= 1;
    return [];
  };
  const panel = { ensureAccount: call, list: call } as unknown as Panel;
  const drain = async () => {
    for (let i = 0; i < 200; i += 1) {
      open.shift()?.();
      await Promise.resolve();
    }
  };
  return { panel, drain, most: () => most };
}

const account = {} as Parameters<Panel['ensureAccount']>[0];

describe('one panel server', () => {
  it.each([
    ['four accounts are made at a time', (panel: Panel) => panel.ensureAccount(account), 4],
    ['eight other calls run at a time', (panel: Panel) => panel.list(), 8],
  ])('%s', async (_, call, most) => {
    const server = slow();
    const panel = limited('ams-1', server.panel);
    const calls = Array.from({ length: 30 }, () => call(panel));
    await server.drain();
    await Promise.all(calls);
    expect(server.most()).toBe(most);
  });

  const faulty = () => {
    let clock = 0;
    const told: boolean[] = [];
    let asked = 0;
    let answer: () => unknown = () => {
      throw new VendorUnavailable('ams-1 refused the connection');
    };
    const panel = {
      list: async () => {
        asked += 1;
        return answer();
      },
      check: async () => ({ ok: true, steps: [] }),
    } as unknown as Panel;
    return {
      panel: limited('ams-1', panel, { now: () => clock, onLeftAlone: (is) => void told.push(is) }),
      told,
      asked: () => asked,
      later: (ms: number) => void (clock += ms),
      answers: (how: () => unknown) => void (answer = how),
    };
  };
  const failFive = async (panel: Panel) => {
    for (let i = 0; i < 5; i += 1) await expect(panel.list()).rejects.toThrow('refused the connection');
  };

  it('is left alone after five transport faults in a row, and tried by one call a minute later', async () => {
    const { panel, asked, later, answers } = faulty();
    await failFive(panel);
    await expect(panel.list()).rejects.toMatchObject({ name: 'VendorUnavailable', retryAfterMs: 60_000 });
    later(59_000);
    await expect(panel.list()).rejects.toMatchObject({ retryAfterMs: 1_000 });
    expect(asked()).toBe(5);
    later(1_000);
    answers(() => []);
    await expect(panel.list()).resolves.toEqual([]);
    await expect(panel.list()).resolves.toEqual([]);
    expect(asked()).toBe(7);
  });

  it('is left alone for another minute when that one call fails as well', async () => {
    const { panel, asked, later } = faulty();
    await failFive(panel);
    later(60_000);
    await expect(panel.list()).rejects.toThrow('refused the connection');
    await expect(panel.list()).rejects.toThrow('left alone');
    expect(asked()).toBe(6);
  });

  it('is asked nothing while the calls of its key are spent, which is no fault of it; a check goes through', async () => {
    const told: boolean[] = [];
    let spent = true;
    let asked = 0;
    const list = async () => (asked += 1);
    const checked = async () => ({ ok: isCheck(), steps: [] });
    const panel = limited('ams-1', { list, check: checked } as unknown as Panel, {
      refusal: () => (spent ? new VendorUnavailable('spent') : undefined),
      onLeftAlone: (is) => void told.push(is),
    });
    for (let i = 0; i < 6; i += 1) await expect(panel.list()).rejects.toThrow('spent');
    expect(await panel.check()).toMatchObject({ ok: true });
    spent = false;
    await panel.list();
    expect([asked, told, isCheck()]).toEqual([1, [], false]);
  });

  it('answers a refusal as well: that is no transport fault', async () => {
    const { panel, answers } = faulty();
    for (let i = 0; i < 4; i += 1) await expect(panel.list()).rejects.toThrow();
    answers(() => {
      throw new VendorRefused('no such package');
    });
    await expect(panel.list()).rejects.toThrow('no such package');
    answers(() => {
      throw new VendorUnavailable('away again');
    });
    await expect(panel.list()).rejects.toThrow('away again');
    await expect(panel.list()).rejects.toThrow('away again');
  });

  it('is back at once when a check finds it well', async () => {
    const { panel, answers, told } = faulty();
    await failFive(panel);
    expect(told).toEqual([true]);
    answers(() => []);
    await panel.check();
    await expect(panel.list()).resolves.toEqual([]);
    expect(told).toEqual([true, false]);
  });
});
