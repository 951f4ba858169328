import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { asCustomer, asNobody, asStaff, type ActingOrm } from '../acting.ts';
import { audit } from './entry.ts';
import { Node } from '../entities/index.ts';
import { inTransaction, type Em, type Orm } from '../orm.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { AT, insert, rows } from '../testing/rows.ts';

let db: TestDatabase;
let api: ActingOrm;
let worker: Orm;
/** Entries of changes that were made. */
let explained = 0;
const [customer, node] = [newId(), newId()];

beforeAll(async () => {
  db = await createTestDatabase('audit_fails');
  [api, worker] = await Promise.all([db.acting(2), db.orm('worker', 2)]);
  await insert({ query: db.sql }, 'customer', rows.customer({ id: customer, name: 'Ada' }));
  await insert({ query: db.sql }, 'node', rows.node({ id: node, capacity: 10 }));
});
afterAll(() => db.drop());

const explain = (em: Em, type: 'staff' | 'customer' | 'workflow' | 'anonymous') =>
  audit(em, { at: new Date(AT), actor: { type }, action: 'it.changed', object: { type: 'it' }, after: { it: 'new' } });

/** Who changes something, how, and whether it is to be seen. */
const CHANGES: [string, () => Promise<unknown>, string][] = [
  [
    'staff',
    () =>
      asStaff(api, async (em) => {
        (await em.findOneOrFail(Node, node)).capacity = 99;
        explain(em, 'staff');
      }),
    `select from node where capacity = 99`,
  ],
  [
    'a customer',
    () =>
      asCustomer(api, customer, async (em) => {
        await em.execute(`update customer set name = 'Grace' where id = ?`, [customer]);
        explain(em, 'customer');
      }),
    `select from customer where name = 'Grace'`,
  ],
  [
    'a workflow',
    () =>
      inTransaction(worker, async (em) => {
        (await em.findOneOrFail(Node, node)).health = 'failing';
        explain(em, 'workflow');
      }),
    `select from node where health = 'failing'`,
  ],
  [
    'somebody who is not known yet',
    () =>
      asNobody(api, async (em) => {
        await em.execute(`insert into guess (key, failures, window_started_at) values ('x', 1, now())`);
        explain(em, 'anonymous');
      }),
    `select from guess`,
  ],
];
const FAULTS: [string, string, string][] = [
  [
    'the entry cannot be written',
    `create function fails() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$;
     create trigger fails before insert on audit_entry for each row execute function fails()`,
    'drop function fails cascade',
  ],
  [
    'the entry cannot be queued for its chain',
    'alter table audit_waiting add constraint fails check (false) not valid',
    'alter table audit_waiting drop constraint fails',
  ],
];

describe.each(CHANGES)('AUD-05 what %s changes', (_, change, seen) => {
  it.each(FAULTS)('is not changed when %s', async (_, breaks, mends) => {
    await db.sql(breaks);
    await expect(change()).rejects.toThrow(/disk full|violates check constraint "fails"/);
    await db.sql(mends);
    expect(await db.sql(seen)).toEqual([]);
    expect(await db.sql('select from audit_waiting')).toHaveLength(explained);
  });

  it('is changed, with its entry, when nothing fails', async () => {
    await change();
    explained += 1;
    expect(await db.sql(seen)).toHaveLength(1);
    expect(await db.sql(`select from audit_entry where action = 'it.changed'`)).toHaveLength(explained);
  });
});
