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
