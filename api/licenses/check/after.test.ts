import { describe, expect, it } from '@jest/globals';
import type { SecurityEvent } from '#db/licenses/license-path.ts';
import { createAfter } from './after.ts';

function setUp() {
  const written = { counts: [] as [string, number][][], events: [] as SecurityEvent[][], touched: [] as string[][] };
  let broken = false;
  const write = async <T>(list: T[], item: T) => {
    if (broken) throw new Error('connection lost');
    list.push(item);
  };
  const after = createAfter({
    everyMs: 3_600_000,
    most: 2,
    path: {
      countChecks: (counts) => write(written.counts, counts),
      writeEvents: (events) => write(written.events, events),
      touchCredentials: (ids) => write(written.touched, ids),
    },
  });
  return { after, written, breakDown: (is: boolean) => void (broken = is) };
}
const refused = (network: string) => ({
  action: 'license.credentials_refused',
  actor: { type: 'anonymous' as const, id: null },
  object: { type: 'license_check', id: null },
  network,
  detail: { reason: 'unsigned' },
});

describe('what checks leave behind', () => {
  it('is added up by license, and written a few licenses at a time', async () => {
    const { after, written } = setUp();
    for (const id of ['a', 'b', 'a', 'c']) after.checked(id);
    await after.close();
    expect(written.counts).toEqual([
      [
        ['a', 2],
        ['b', 1],
      ],
      [['c', 1]],
    ]);
  });

  it('waits while the database is away, and is written once it is back', async () => {
    const { after, written, breakDown } = setUp();
    breakDown(true);
    after.checked('a');
    after.usedCredential('p');
    after.happened(refused('192.0.2.1'));
    await after.flush();
    after.checked('a');
    after.happened(refused('192.0.2.1'));
    breakDown(false);
    await after.flush();
    expect(written).toEqual({
      counts: [[['a', 2]]],
      touched: [['p']],
      events: [[{ ...refused('192.0.2.1'), count: 2 }]],
    });
    await after.close();
  });

  it('LIM-03: events of too many kinds become one more kind, and none goes uncounted', async () => {
    const { after, written } = setUp();
    for (let i = 0; i < 1_000; i += 1) after.happened(refused(`192.0.2.${i}`));
    await after.close();
    const events = written.events.flat();
    expect(events).toHaveLength(201);
    expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    expect(events.at(-1)).toMatchObject({ network: null, count: 800 });
  });
});
