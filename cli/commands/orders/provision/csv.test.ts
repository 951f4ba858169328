import { describe, expect, it } from '@jest/globals';
import { readCsv } from './csv.ts';
import { check } from './file.ts';

const HEAD = 'email,name,country,plan,cycle,currency,reference';
const ROW = 'ada@example.com,Ada,GB,starter,monthly,EUR,R1';
const refusal = (text: string) => {
  try {
    readCsv(text);
  } catch (error) {
    const { exit, message, lines } = error as { exit: number; message: string; lines: string[] };
    return { exit, text: [message, ...lines].join('\n') };
  }
  throw new Error('It was taken.');
};

describe('a file', () => {
  it('has its columns in any order, with spaces, empty cells and lines, and whatever ends a line', () => {
    const rows = readCsv(
      '\uFEFFReference , email,plan\r\nR1, ada@example.com ,\r\n\r\n,,\r\nR2,bea@example.com,starter\r\n',
    );
    expect(rows).toEqual([
      { line: 2, values: { reference: 'R1', email: 'ada@example.com' } },
      { line: 5, values: { reference: 'R2', email: 'bea@example.com', plan: 'starter' } },
    ]);
  });

  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('may have %s, as spreadsheets of some countries write it', (_, sign) => {
    const rows = readCsv(
      `${HEAD.replaceAll(',', sign)}\n${ROW.replaceAll(',', sign).replace('Ada', '"Ada, Countess"')}\n`,
    );
    expect(rows[0]!.values).toMatchObject({ email: 'ada@example.com', name: 'Ada, Countess', reference: 'R1' });
    expect(refusal(`${HEAD.replaceAll(',', sign)}${sign}price\n`)).toMatchObject({
      text: expect.stringContaining('"price" is no'),
    });
  });

  it('may have commas, quotes and line breaks in quotes', () => {
    const [row] = readCsv('name,company\n"Lovelace, Ada","""Engines""\nLtd"\n');
    expect(row!.values).toEqual({ name: 'Lovelace, Ada', company: '"Engines"\nLtd' });
  });

  it.each([
    ['a column nobody knows', `${HEAD},price\n${ROW},1`, /"price" is no column; there are email/],
    ['a column twice', `${HEAD},email\n${ROW},x`, /"email" is there twice/],
    ['no rows', `${HEAD}\n\n`, /no rows/],
    ['a row with a cell too many', `${HEAD}\n${ROW}\n${ROW},more`, /no CSV: .*line 3/i],
    ['a quote that never ends', `${HEAD}\n"${ROW}`, /no CSV/],
    ['nothing in it', '', /no rows/],
  ])('with %s is refused as a whole', (_, text, words) => {
    expect(refusal(text)).toEqual({ exit: 2, text: expect.stringMatching(words) });
  });
});

describe('its rows', () => {
  const checked = (text: string) => check(readCsv(text), new Map());

  it('that are wrong hold up none of the others, and say line, column, what and how', () => {
    const { good, bad } = checked(`${HEAD}\n${ROW}\nbea@example.com,Bea,Germany,starter,fortnightly,EUR,R2\n`);
    expect(good.map(({ at }) => at)).toEqual([{ line: 2, email: 'ada@example.com', reference: 'R1' }]);
    expect(bad).toMatchObject([
      {
        line: 3,
        outcome: 'invalid',
        email: 'bea@example.com',
        detail:
          'country "Germany" is wrong: it is two capital letters (ISO 3166-1); cycle "fortnightly" is wrong: it is one of weekly, monthly, quarterly, half_yearly, yearly, two_yearly, three_yearly, one_time',
      },
    ]);
  });

  it('pay for one order each: a reference stands once in a file', () => {
    const { good, bad } = checked(`${HEAD}\n${ROW}\n${ROW.replace('ada', 'bea')}\n`);
    expect(good).toHaveLength(1);
    expect(bad).toMatchObject([{ line: 3, detail: expect.stringContaining('on line 2 already') }]);
  });
});
