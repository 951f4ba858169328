import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { composedSql, dangerous } from '../testing/source-rules.ts';

const ROOMS = ['activities', 'api', 'cli', 'db', 'domain', 'temporal-config', 'ui/src', 'worker', 'workflows'];
/** Tests play the attacker; migrations are the owner's own words, with no input. */
const OUTSIDE = /\.test\.tsx?$|(^|\/)testing|\.d\.ts$|^db\/migrations\//;
const sources = ROOMS.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
).filter((file) => /\.tsx?$/.test(file) && !OUTSIDE.test(file));

/** Where statements are put together, and why nothing from outside can be in them. */
const COMPOSED: Record<string, string> = {
  'activities/money/checkout/close-pages.ts': 'ends with a statement of our own, from `recorded-transfer.ts`',
  'activities/money/payments/booking.ts': 'ends with a statement of our own, from `recorded-transfer.ts`',
  'activities/money/payments/recorded-transfer.ts': 'the reason is a text of its two callers',
  'api/http/page.ts': 'joins conditions that are written at its callers, which are looked at there',
  'api/messages/temporal.ts': 'asks Temporal, not the database',
  'cli/backup/postgres/base-backup.ts': 'hands `pg` an object that sends one fixed command',
  'cli/start/services/postgres.ts': 'asks one of two questions written beside it',
  'db/licenses/license-path.ts': 'prepares the statement it was given by name, from its own constants',
  'db/statements.ts':
    'runs what `statement` and `change` made of fixed text, which are looked at where they are called',
  'db/roles.ts': 'the names of roles are ours',
  'db/secrets/rotation.ts': 'tables and columns are listed in db/sealed-columns',
};

const findings = (rule: (source: string, isTsx: boolean) => string[]) =>
  sources.flatMap((file) =>
    rule(readFileSync(file, 'utf8'), file.endsWith('x')).map((finding) => `${file}: ${finding}`),
  );

describe('IN-07: what comes from outside is data', () => {
  it('finds the sources', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(sources).toEqual(
      expect.arrayContaining([
        'api/http/page.ts',
        'db/licenses/license-path.ts',
        'activities/money/payments/booking.ts',
      ]),
    );
  });

  it('statements are fixed text, their values are bound', () => {
    const found = findings(composedSql);
    expect(found.filter((finding) => !Object.hasOwn(COMPOSED, finding.split(': ')[0]!))).toEqual([]);
    expect(Object.keys(COMPOSED).filter((file) => !found.some((finding) => finding.startsWith(`${file}: `)))).toEqual(
      [],
    );
  });

  it('no shell, no text that becomes a program, no HTML as it stands', () => {
    expect(findings(dangerous)).toEqual([]);
  });

  it.each([
    'em.execute(`select 1 from a where id = ${id}`)',
    'em.execute("select 1 from a where id = " + id)',
    'const text = `order by ${column}`;',
    'const text = `select ${columns.join()} from a`;',
    'client.query(statement)',
    'tx.query(made, {})',
    'client.query({ text: statement, values: [] })',
    'client.query({ text: `update a set b = ${b}` })',
    "statement('read', text)",
    "change('move', `with changed as (update a set b = ${b} returning id)`)",
    "pageQuery(SELECT, [[`a = '${a}'`]], 'id', 1)",
    'const [sql] = other(); em.execute(sql)',
    "em.execute(`select 1 where a in (${ids.map((id) => `'${id}'`).join(', ')})`)",
  ])('the rule sees %s', (source) => {
    expect(composedSql(source)).not.toEqual([]);
  });

  it.each([
    'em.execute(`select ${COLUMNS} from a where id = ?`, [id])',
    "em.execute(`select 1 from a where id = ?${own ? ' and b = ?' : ''}`, [id])",
    "em.execute(`select 1 from a where id in (${ids.map(() => '?').join(', ')})`, ids)",
    'client.query({ text: QUESTION, values: [a] })',
    "statement('read', `select ${COLUMNS} from a where id = $id`)",
    'query(orm, READ, { id })',
    "const [sql, values] = pageQuery(`select ${A} ${B}`, [['a = ?', a]], 'id', 1); em.execute(sql, values)",
    'const text = `deliver ${what} to ${whom}`;',
  ])('the rule lets %s pass', (source) => {
    expect(composedSql(source)).toEqual([]);
  });

  it.each([
    'eval(text)',
    'new Function(text)',
    "setTimeout('x()', 1)",
    "import { exec } from 'node:child_process';",
    "import vm from 'node:vm';",
    "spawn('x', [], { shell: true })",
    'element.innerHTML = text',
    'element.insertAdjacentHTML(a, text)',
    'const a = <p dangerouslySetInnerHTML={{ __html: text }} />;',
  ])('the rule sees %s', (source) => {
    expect(dangerous(source, true)).not.toEqual([]);
  });

  it.each([
    '/a/.exec(text)',
    "import { spawn } from 'node:child_process';",
    'element.textContent = text',
    'setTimeout(() => {}, 1)',
  ])('the rule lets %s pass', (source) => {
    expect(dangerous(source, true)).toEqual([]);
  });
});
