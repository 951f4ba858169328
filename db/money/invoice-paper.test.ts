import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { newId } from '#domain/ids.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { buy, type Bought } from '../testing/bought.ts';
import { AT, connectAs, insert, refusedBy, rows, type Row } from '../testing/rows.ts';

let db: TestDatabase;
let bought: Bought;
let worker: pg.Client;

beforeAll(async () => {
  db = await createTestDatabase('invoices');
  bought = await buy({ query: db.sql });
  worker = await connectAs(db, 'worker');
});
afterAll(async () => {
  await worker.end();
  await db.drop();
});

/** Of no period, so that any number of them may be. */
const planChange = (over: Row = {}) =>
  rows.invoice({
    customer_id: bought.customer_id,
    subscription_id: bought.subscription_id,
    kind: 'plan_change',
    period_start: null,
    period_end: null,
    ...over,
  });
const unnumbered = () => planChange({ status: 'draft', number: null, issued_on: null });
const line = (invoice_id: string, over: Row = {}) =>
  rows.line({ customer_id: bought.customer_id, invoice_id, ...over });

/** An open invoice with its line, committed. @returns its id */
async function issue(): Promise<string> {
  const id = newId();
  await insert(worker, 'invoice', planChange({ id }));
  await insert(worker, 'invoice_line', line(id));
  return id;
}

describe('what an invoice may say', () => {
  it.each([
    { because: 'open means something is due', over: { total_minor: 0 }, refused: 'invoice_paid_when_nothing_due' },
    { because: 'paid means nothing is due', over: { status: 'paid' }, refused: 'invoice_paid_when_nothing_due' },
    {
      because: 'part of it is not all',
      over: { status: 'paid', paid_minor: 2_899 },
      refused: 'invoice_paid_when_nothing_due',
    },
    { because: 'all of it is', over: { status: 'paid', paid_minor: 2_900 }, refused: null },
    {
      because: 'a credit note counts like money',
      over: { status: 'paid', paid_minor: 900, credited_minor: 2_000 },
      refused: null,
    },
    {
      because: 'a surplus is credit, not here',
      over: { status: 'paid', paid_minor: 2_901 },
      refused: 'invoice_never_below_zero',
    },
    { because: 'a free one is paid at once', over: { status: 'paid', total_minor: 0 }, refused: null },
    { because: 'an invoice is not negative', over: { total_minor: -1 }, refused: 'invoice_never_below_zero' },
    { because: 'nobody unpays', over: { paid_minor: -1 }, refused: 'invoice_paid_minor_check' },
    { because: 'a draft has no number', over: { status: 'draft' }, refused: 'invoice_numbered_when_issued' },
    { because: 'an issued one has', over: { number: null, issued_on: null }, refused: 'invoice_numbered_when_issued' },
    { because: 'a number has its date', over: { issued_on: null }, refused: 'invoice_dated_when_numbered' },
    { because: 'a void one may owe', over: { status: 'void' }, refused: null },
    { because: 'debt that is given up stays visible', over: { status: 'uncollectible' }, refused: null },
    {
      because: 'debt of nothing is none',
      over: { status: 'uncollectible', paid_minor: 2_900 },
      refused: 'invoice_paid_when_nothing_due',
    },
    {
      because: 'a period goes forward',
      over: { period_start: '2027-03-31', period_end: '2027-03-31' },
      refused: 'invoice_period_is_forward',
    },
    { because: 'currencies are three capitals', over: { currency: 'eur' }, refused: 'invoice_currency_check' },
  ])('$because', async ({ over, refused }) => {
    expect(await refusedBy(worker, (w) => insert(w, 'invoice', planChange(over)))).toBe(refused);
  });

  it('due is what is left, and nobody else can say it', async () => {
    const id = await issue();
    await worker.query('update invoice set paid_minor = 1000, credited_minor = 400 where id = $1', [id]);
    expect(await db.sql('select due_minor from invoice where id = $1', [id])).toEqual([{ due_minor: '1500' }]);
    expect(await refusedBy(worker, (w) => w.query('update invoice set due_minor = 0 where id = $1', [id]))).toContain(
      'due_minor',
    );
  });
});

describe('an issued invoice is paper', () => {
  it.each([
    ['number', `'INV-2027-999999'`],
    ['number', "null, issued_on = null, status = 'draft'"],
    ['customer_id', 'null'],
    ['order_id', 'gen_random_uuid()'],
    ['currency', `'USD'`],
    ['total_minor', '1'],
    ['issued_on', `'2026-01-01'`],
    ['due_on', `'2026-01-01'`],
    ['seller', `'{}'`],
    ['buyer', `'{}'`],
    ['period_start', `'2026-01-01'`],
    ['period_end', `'2026-01-01'`],
    ['kind', `'renewal'`],
    ['id', 'gen_random_uuid()'],
  ])('the worker cannot change its %s to %s', async (column, value) => {
    const id = await issue();
    expect(await refusedBy(worker, (w) => w.query(`update invoice set ${column} = ${value} where id = $1`, [id]))).toBe(
      'invoice_is_paper',
    );
  });

  it('what happens to it afterwards is written', async () => {
    const id = await issue();
    expect(
      await refusedBy(worker, (w) =>
        w.query(`update invoice set status = 'paid', paid_minor = total_minor, paid_at = $2 where id = $1`, [id, AT]),
      ),
    ).toBeNull();
  });

  it('a draft may change and go', async () => {
    const id = await insert(worker, 'invoice', unnumbered());
    const lineId = await insert(worker, 'invoice_line', line(id));
    await worker.query('update invoice set total_minor = 1 where id = $1', [id]);
    await worker.query('update invoice_line set amount_minor = 1 where id = $1', [lineId]);
    await db.sql('delete from invoice where id = $1', [id]);
    expect(await db.sql('select id from invoice_line where id = $1', [lineId])).toEqual([]);
  });

  it('cannot be deleted, even by the owner, nor can its lines', async () => {
    const id = await issue();
    await expect(db.sql('delete from invoice where id = $1', [id])).rejects.toMatchObject({
      constraint: 'invoice_is_paper',
    });
    await expect(db.sql('delete from invoice_line where invoice_id = $1', [id])).rejects.toMatchObject({
      constraint: 'invoice_line_is_paper',
    });
  });

  it('its lines do not change, and none is added', async () => {
    const id = await issue();
    for (const change of [`description = 'other'`, 'amount_minor = 1', 'invoice_id = gen_random_uuid()']) {
      const refused = await refusedBy(worker, (w) =>
        w.query(`update invoice_line set ${change} where invoice_id = $1`, [id]),
      );
      expect(refused).toBe('invoice_line_is_paper');
    }
    const more = line(id, { position: 2, amount_minor: 100 });
    expect(await refusedBy(worker, (w) => insert(w, 'invoice_line', more))).toBe('invoice_lines_make_total');
  });

  it.each([
    { lines: [2_900], refused: null, because: 'they make the total' },
    { lines: [3_000, -100], refused: null, because: 'a discount is a line' },
    { lines: [2_899], refused: 'invoice_lines_make_total', because: 'a cent is missing' },
    { lines: [2_900, 1], refused: 'invoice_lines_make_total', because: 'a cent is too much' },
    { lines: [], refused: 'invoice_lines_make_total', because: 'nothing says what is owed' },
  ])('a draft is issued with lines of $lines: $because', async ({ lines, refused }) => {
    const id = await insert(worker, 'invoice', unnumbered());
    for (const [position, amount_minor] of lines.entries()) {
      await insert(worker, 'invoice_line', line(id, { position, amount_minor }));
    }
    const issued = await refusedBy(worker, (w) =>
      w.query(`update invoice set status = 'open', number = $2, issued_on = '2027-01-31' where id = $1`, [id, newId()]),
    );
    expect(issued).toBe(refused);
  });

  it('a credit note does not change at all', async () => {
    const id = await insert(
      worker,
      'credit_note',
      rows.creditNote({ customer_id: bought.customer_id, invoice_id: await issue() }),
    );
    expect(
      await refusedBy(worker, (w) => w.query('update credit_note set total_minor = 1 where id = $1', [id])),
    ).toContain('permission denied');
    await expect(db.sql('update credit_note set total_minor = 1 where id = $1', [id])).rejects.toThrow(
      'credit_note is append-only',
    );
    await expect(db.sql('delete from credit_note')).rejects.toThrow('credit_note is append-only');
  });
});
