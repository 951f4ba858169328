import { describe, expect, it } from '@jest/globals';
import type { Happening } from './checkers/happening.ts';
import { compareDays, daysAfter, instantOf } from './days.ts';

const ada = { customerId: 'ada' };
const mail = (at: string, text: string, customerId: string | null = ada.customerId): Happening => ({
  aspect: 'mails',
  key: at + text,
  at: new Date(at),
  customerId,
  text,
});
const mails = (...texts: string[]) => ({ aspect: 'mails', ...ada, texts });
const walked = { zone: 'UTC', day: '2031-11-22', nameOf: (id: string | null) => id ?? 'nobody we know' };

describe('a day that goes as told', () => {
  it.each([
    ['brings what is expected', [mails('Hello')], [mail('2031-11-22T10:00:00Z', 'Hello')]],
    [
      'brings several in their order',
      [mails('a', 'b')],
      [mail('2031-11-22T10:00:00Z', 'a'), mail('2031-11-22T11:00:00Z', 'b')],
    ],
    ['brings nothing', [], []],
    ['brings nothing, as is expected expressly', [mails()], []],
    ['brings what only some stories tell', [], [{ ...mail('2031-11-22T10:00:00Z', 'a look'), optional: true }]],
  ])('%s', (_, expected, happened) => {
    expect(() => compareDays({ ...walked, expected, happened })).not.toThrow();
  });
});

describe('a day that goes differently is shown with what was expected and what happened', () => {
  it('when something does not come', () => {
    expect(() => compareDays({ ...walked, expected: [mails('Hello')], happened: [] })).toThrow(
      [
        'The calendar does not go as told.',
        '',
        'Saturday 2031-11-22',
        '  mails of ada',
        '    expected  Hello',
        '    happened  nothing',
        '',
      ].join('\n'),
    );
  });

  it('when something comes that was not expected, on whichever day since the last stop', () => {
    const happened = [mail('2031-11-20T09:05:00Z', 'Surprise', null), mail('2031-11-22T23:00:00Z', 'Hello')];
    expect(() => compareDays({ ...walked, expected: [mails('Hello')], happened })).toThrow(
      [
        'Thursday 2031-11-20',
        '  mails of nobody we know',
        '    expected  nothing',
        '    happened  09:05 Surprise',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['comes twice', [mails('Hello')], [mail('2031-11-22T10:00:00Z', 'Hello'), mail('2031-11-22T10:01:00Z', 'Hello')]],
    [
      'comes in another order',
      [mails('b', 'a')],
      [mail('2031-11-22T10:00:00Z', 'a'), mail('2031-11-22T11:00:00Z', 'b')],
    ],
    ['comes to another customer', [mails('Hello')], [mail('2031-11-22T10:00:00Z', 'Hello', 'ben')]],
    ['comes on the day before', [mails('Hello')], [mail('2031-11-21T23:59:59Z', 'Hello')]],
    [
      'comes although a story that asks says that it does not',
      [mails()],
      [{ ...mail('2031-11-22T10:00:00Z', 'look'), optional: true }],
    ],
    [
      'comes less often than a story that asks says',
      [mails('look', 'look')],
      [{ ...mail('2031-11-22T10:00:00Z', 'look'), optional: true }],
    ],
  ])('when something %s', (_, expected, happened) => {
    expect(() => compareDays({ ...walked, expected, happened })).toThrow('2031-11-22');
  });

  it('by the days of the billing zone', () => {
    const happened = [mail('2031-11-22T23:30:00Z', 'Hello')];
    expect(() => compareDays({ ...walked, zone: 'Europe/Berlin', expected: [], happened })).toThrow(
      /Sunday 2031-11-23[^]* 00:30 Hello/,
    );
  });
});

it.each([
  ['2031-11-21 10:00', 'UTC', '2031-11-21T10:00:00.000Z', 'an hour'],
  ['2031-11-21', 'UTC', '2031-11-21T23:59:00.000Z', 'the last minute of the day'],
  ['2031-07-21', 'Europe/Berlin', '2031-07-21T21:59:00.000Z', 'in the billing zone'],
  ['2031-12-31', 'UTC', '2031-12-31T23:59:00.000Z', 'over the end of the year'],
])('%s in %s is %s: %s', (when, zone, instant) => {
  expect(new Date(instantOf(when, zone)).toISOString()).toBe(instant);
});

it('a stop that is neither a day nor an hour is refused', () => {
  expect(() => instantOf('tomorrow', 'UTC')).toThrow('"tomorrow" is neither a day');
});

it('days are counted over the ends of months', () => {
  expect(daysAfter('2032-02-28', 2)).toBe('2032-03-01');
});
