import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Orm } from '#db/orm.ts';
import { insert, rows } from '#db/testing/rows.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import type { PanelCapability } from '#domain/services/panel-capabilities.ts';
import { createNodeActivities } from './check-nodes.ts';

const asOf = Date.parse('2026-11-21T10:00:00Z');
const MINUTE = 60_000;

let db: TestDatabase;
let orm: Orm;
beforeAll(async () => {
  db = await createTestDatabase('check_nodes');
  orm = await db.orm('worker');
});
beforeEach(() => db.sql('delete from node'));
afterAll(() => db.drop());

/** A node whose panel can so much, and how it was asked each time. */
async function node(can: PanelCapability[], off: string[] = []) {
  const id = await insert({ query: db.sql }, 'node', rows.node({ capabilities_off: off }));
  const asked: boolean[] = [];
  const check = async ({ quick = false } = {}) => {
    asked.push(quick);
    return { ok: true, steps: [], ...(!quick && { capabilities: can }) };
  };
  const activities = createNodeActivities({ orm, panels: { of: () => ({ check }) as never } });
  const stored = async () =>
    (
      await db.sql<{ capabilities: string[]; found: string[] }>(
        'select capabilities, capabilities_found as found from node where id = $1',
        [id],
      )
    )[0];
  return { id, can, asked, stored, ...activities };
}

describe('how often the regular round checks a node', () => {
  /** Checks of an hour, a round each minute. @param calls  that a day and an hour have seen before */
  async function checksOfAnHour(state: object, calls: { calls: number; checks: number } = { calls: 0, checks: 0 }) {
    const { id, asked, checkNodes } = await node([]);
    const settled = { health: 'healthy', good_checks: 2, probed_at: new Date(asOf), checked_at: new Date(asOf) };
    for (const [column, value] of Object.entries({ ...settled, ...state }))
      await db.sql(`update node set ${column} = $2 where id = $1`, [id, value]);
    if (calls.calls > 0)
      await insert({ query: db.sql }, 'node_calls', { node_id: id, began_at: new Date(asOf), ...calls });
    for (let minute = 1; minute <= 59; minute += 1) await checkNodes({ asOf: asOf + minute * MINUTE });
    return asked.length;
  }

  it('each fourth minute while it is well, a tenth of what its key has a day', async () => {
    expect(await checksOfAnHour({})).toBe(14);
  });

  it('each minute where the key has more', async () => {
    expect(await checksOfAnHour({ calls_per_hour: 5_000, calls_per_day: 50_000 })).toBe(59);
  });

  it('each minute while it is in doubt, so that two good ones bring it back soon', async () => {
    // After the second it is well, and the next is due four minutes later.
    const { id, asked, checkNodes } = await node([]);
    await db.sql(`update node set health = 'failing', failed_checks = 3, good_checks = 0 where id = $1`, [id]);
    for (let minute = 0; minute <= 4; minute += 1) await checkNodes({ asOf: asOf + minute * MINUTE });
    expect(asked).toHaveLength(2);
    expect(await db.sql('select health from node')).toEqual([{ health: 'healthy' }]);
  });

  it('rarely while orders have left little, and not at all while they have left nothing', async () => {
    expect(await checksOfAnHour({}, { calls: 700, checks: 0 })).toBe(4);
    await db.sql('delete from node');
    expect(await checksOfAnHour({}, { calls: 900, checks: 0 })).toBe(0);
  });
});

describe('what a panel can', () => {
  it('is found by the check, for a node that was added without a word of it', async () => {
    const { id, checkNode, stored } = await node(['licenses', 'passwords']);
    await checkNode({ nodeId: id });
    expect(await stored()).toEqual({ capabilities: ['licenses', 'passwords'], found: ['licenses', 'passwords'] });
  });

  it('is not used where it was switched off by hand', async () => {
    const { id, checkNode, stored } = await node(['licenses', 'passwords'], ['licenses']);
    await checkNode({ nodeId: id });
    expect(await stored()).toEqual({ capabilities: ['passwords'], found: ['licenses', 'passwords'] });
  });

  it('is looked for once an hour in the regular round, and is forgotten when it is gone', async () => {
    const { asked, can, checkNodes, stored } = await node(['licenses']);
    await db.sql('update node set calls_per_hour = 5000, calls_per_day = 50000');
    for (let minute = 0; minute <= 60; minute += 1) await checkNodes({ asOf: asOf + minute * MINUTE });
    expect(asked.filter((quick) => !quick)).toHaveLength(2);
    expect(asked[60]).toBe(false);
    can.pop();
    await checkNodes({ asOf: asOf + 61 * MINUTE });
    expect((await stored())!.capabilities).toEqual(['licenses']);
    await checkNodes({ asOf: asOf + 120 * MINUTE });
    expect((await stored())!.capabilities).toEqual([]);
  });
});
