import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { civilDate } from '../calendar/civil-dates.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { inWindow, openUntil, spreadOver, windowFault } from './window.ts';

const { window } = DEFAULT_POLICY;
const BERLIN = 'Europe/Berlin';

describe('a consequence fires in the window, later than planned and never earlier', () => {
  it.each([
    ['2027-02-08T09:00:00Z', '2027-02-08T09:00:00Z', 'Monday 10:00, when steps fire'],
    ['2027-02-07T09:00:00Z', '2027-02-08T09:00:00Z', 'Sunday slides to Monday'],
    ['2027-02-08T00:00:00Z', '2027-02-08T09:00:00Z', 'in the night: at ten'],
    ['2027-02-08T12:30:00Z', '2027-02-08T12:30:00Z', 'the notice came late: as soon as its day is over'],
    ['2027-02-08T15:00:00Z', '2027-02-09T09:00:00Z', 'at 16:00 it is closed'],
    ['2027-02-12T11:00:00Z', '2027-02-15T09:00:00Z', 'on Friday at noon'],
    ['2027-02-12T10:59:00Z', '2027-02-12T10:59:00Z', 'a minute before it'],
    ['2027-07-05T08:00:00Z', '2027-07-05T08:00:00Z', 'ten o’clock is earlier in summer'],
  ])('planned for %s, it is %s: %s', (planned, fires) => {
    expect(inWindow(new Date(planned), window, BERLIN)).toEqual(new Date(fires));
  });

  it('not on holidays', () => {
    const closed = { ...window, holidays: ['2027-02-08', '2027-02-09'] };
    expect(inWindow(new Date('2027-02-07T09:00:00Z'), closed, BERLIN)).toEqual(new Date('2027-02-10T09:00:00Z'));
  });

  it('whenever it is planned', () => {
    const zones = fc.constantFrom('UTC', BERLIN, 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2027-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        zones,
        (planned, zone) => {
          const fires = inWindow(planned, window, zone);
          expect(fires.getTime()).toBeGreaterThanOrEqual(planned.getTime());
          expect(openUntil(fires, window, zone)?.getTime()).toBeGreaterThan(fires.getTime());
          // Over a weekend at most.
          expect(fires.getTime() - planned.getTime()).toBeLessThan(4 * 86_400_000);
        },
      ),
    );
  });

  it('many are spread over what is left of it', () => {
    const from = new Date('2027-02-08T09:00:00Z');
    const until = openUntil(from, window, BERLIN)!;
    expect(until).toEqual(new Date('2027-02-08T15:00:00Z'));
    const fires = Array.from({ length: 6 }, (_, rank) => spreadOver(from, until, rank, 6).toISOString().slice(11, 16));
    expect(fires).toEqual(['09:00', '10:00', '11:00', '12:00', '13:00', '14:00']);
    expect(spreadOver(from, until, 0, 1)).toEqual(from);
  });

  it('that never opens is a mistake', () => {
    const days = Array.from({ length: 400 }, (_, n) => civilDate(new Date(Date.UTC(2027, 0, 1 + n)), 'UTC'));
    expect(() => inWindow(new Date('2027-01-01'), { ...window, holidays: days }, 'UTC')).toThrow('closed for 366 days');
  });
});

it.each([
  [{}, undefined],
  [{ days: {} }, 'is closed on every day'],
  [{ days: { 8: { from: '09:00', to: '10:00' } } }, '"8" is no weekday'],
  [{ days: { 1: { from: '16:00', to: '09:00' } } }, 'ends on day 1 before it begins'],
])('a window with %j: %s', (changed, fault) => {
  const said = windowFault({ ...window, ...(changed as object) });
  if (fault) expect(said).toContain(fault);
  else expect(said).toBeUndefined();
});
