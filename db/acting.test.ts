import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asCustomer, asNobody, asStaff, type ActingOrm } from './acting.ts';
import { Customer, Invoice, Order } from './entities/index.ts';
import type { Em } from './orm.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { buy, fill, type Bought } from './testing/bought.ts';
import { insert, rows, through } from './testing/rows.ts';

let db: TestDatabase;
let ada: Bought;
let ben: Bought;
let invoiceOfBen: string;

beforeAll(async () => {
  db = await createTestDatabase('acting');
  ada = await buy({ query: db.sql });
  ben = await buy({ query: db.sql });
  await fill({ query: db.sql }, ada);
  invoiceOfBen = await fill({ query: db.sql }, ben);
});
afterAll(() => db.drop());

describe('units of work of the API', () => {
  let orm: ActingOrm;
  beforeAll(async () => {
    orm = await db.acting(5);
  });

  const whose = async (em: Em) => {
    const [row] = await em.execute<{ who: string; customer: string | null }[]>(
      `select current_user as who, nullif(current_setting('app.customer_id', true), '') as customer`,
    );
    return row!;
  };

  it("AUTHZ-10 a raw query without a filter, or with another's id, stays inside the customer", async () => {
    await asCustomer(orm, ada.customer_id, async (em) => {
      expect(await em.execute('select distinct customer_id from invoice')).toEqual([{ customer_id: ada.customer_id }]);
      expect(await em.execute('select from invoice where customer_id = ?', [ben.customer_id])).toHaveLength(0);
      expect(await em.findOne(Invoice, { id: invoiceOfBen })).toBeNull();
      expect(await em.findOne(Order, { id: ben.order_id })).toBeNull();
      expect(await em.count(Customer)).toBe(1);
    });
  });

  it("AUTHZ-10 a nested transaction, a rollback inside it included, stays the customer's", async () => {
    await asCustomer(orm, ada.customer_id, async (em) => {
      await em
        .transactional(async (inner) => {
          expect(await whose(inner)).toEqual({ who: 'hostwright_customer', customer: ada.customer_id });
          throw new Error('given up');
        })
        .catch(() => {});
      expect(await whose(em)).toEqual({ who: 'hostwright_customer', customer: ada.customer_id });
    });
  });

  it('AUTHZ-09 a thousand at once over two connections leak nothing, and each leaves its connection clean', async () => {
    const actors = ['ada', 'ben', 'staff', 'nobody', 'torn', 'failing'] as const;
    const one = async (actor: (typeof actors)[number]): Promise<unknown> => {
      const invoices = (em: Em) =>
        em.execute<{ customer_id: string }[]>('select distinct customer_id from invoice order by 1');
      switch (actor) {
        case 'ada':
        case 'ben': {
          const me = actor === 'ada' ? ada.customer_id : ben.customer_id;
          return asCustomer(orm, me, async (em) => {
            expect(await whose(em)).toEqual({ who: 'hostwright_customer', customer: me });
            expect(await invoices(em)).toEqual([{ customer_id: me }]);
          });
        }
        case 'staff':
          return asStaff(orm, async (em) => {
            expect(await whose(em)).toEqual({ who: 'hostwright_staff', customer: null });
            expect(await invoices(em)).toHaveLength(2);
          });
        case 'nobody':
          return asNobody(orm, async (em) => {
            expect(await whose(em)).toEqual({ who: 'hostwright_api', customer: null });
            await expect(invoices(em)).rejects.toThrow('permission denied');
          }).catch((error: Error) => expect(error.message).toContain('aborted'));
        case 'torn':
          return expect(
            asCustomer(orm, ada.customer_id, async (em) => {
              await insert(through(em), 'order', rows.order({ customer_id: ada.customer_id }));
              throw new Error('given up');
            }),
          ).rejects.toThrow('given up');
        case 'failing':
          return expect(asCustomer(orm, ada.customer_id, (em) => em.execute('select 1 / 0'))).rejects.toThrow(
            'division by zero',
          );
      }
    };
    const before = await db.sql('select count(*) from "order"');
    let clean = 0;
    // A fixed shuffle: each kind follows each other kind.
    const order = Array.from({ length: 1_000 }, (_, n) => actors[(n * 7 + Math.floor(n / 6)) % actors.length]!);
    await Promise.all(
      order.map(async (actor) => {
        await one(actor);
        // Outside of any transaction: the connection as the next one gets it.
        for (const login of ['api', 'customer', 'staff'] as const) {
          expect(await whose(orm[login].em.fork())).toEqual({ who: `hostwright_${login}`, customer: null });
        }
        clean += 1;
      }),
    );
    expect(clean).toBe(1_000);
    expect(await db.sql('select count(*) from "order"')).toEqual(before);
  });

  it('AUTHZ-08 an empty or missing customer sees nothing', async () => {
    await asCustomer(orm, '', async (em) => {
      expect(await em.count(Invoice)).toBe(0);
    });
  });
});
