import { describe, expect, it } from '@jest/globals';
import { civilDate, localTime } from '#domain/calendar/civil-dates.ts';
import { DEFAULT_POLICY } from '#domain/policies/policy.ts';
import type { ChargeTry, CollectionCase, Hold, SentNotice } from './case.ts';
import { nextStep, nextSteps } from './next-steps.ts';
import type { CollectionStep } from './steps.ts';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => new Date(text);
/** A monthly service, anchor day 31, due Sunday 31 January 2027. */
const january: CollectionCase = {
  policy: DEFAULT_POLICY,
  cycle: 'monthly',
  zone: BERLIN,
  dueOn: '2027-01-31',
  issuedOn: '2027-01-24',
  owedMinor: 2_900,
  method: { id: 'card', isSlow: false },
  tries: [],
  notices: [],
  holds: [],
  remindersOff: false,
  service: { suspendedAt: null, terminatedAt: null },
};

const written = (step: CollectionStep, zone = BERLIN): string => {
  const what = 'kind' in step ? `${step.kind} ${step.ordinal}` : 'step' in step ? `charge ${step.step + 1}` : step.do;
  return `${civilDate(step.at, zone)} ${localTime(step.at, zone)} ${what}`;
};
const steps = (changed: Partial<CollectionCase>, asOf: string) =>
  nextSteps({ ...january, ...changed }, at(asOf)).map((one) => written(one, changed.zone));
const declined = (step: number | null, when: string, declineClass: ChargeTry['declineClass'] = 'soft'): ChargeTry => ({
  methodId: 'card',
  step,
  at: at(when),
  outcome: 'declined',
  declineClass,
});
const sent = (
  kind: SentNotice['kind'],
  ordinal: number,
  when: string,
  changed: Partial<SentNotice> = {},
): SentNotice => ({
  kind,
  ordinal,
  at: at(when),
  handedAt: at(when),
  hasFailed: false,
  ...changed,
});

/** Does each step when it is due, as a workflow does, and has it fail; the panel confirms at once. */
function walk(start: Partial<CollectionCase>, from: string, wake: (at: Date) => Date = (due) => due): string[] {
  let of: CollectionCase = { ...january, ...start };
  let now = at(from);
  const log: string[] = [];
  for (let i = 0; i < 60; i += 1) {
    const step = nextStep(of, now);
    if (!step) break;
    if (step.at.getTime() > now.getTime()) {
      now = wake(step.at);
      continue;
    }
    log.push(written({ ...step, at: now }, of.zone));
    if (step.do === 'charge') of = { ...of, tries: [...of.tries, { ...declined(step.step, now.toISOString()) }] };
    else if (step.do === 'notice')
      of = { ...of, notices: [...of.notices, sent(step.kind, step.ordinal, now.toISOString())] };
    else if (step.do === 'suspend') of = { ...of, service: { ...of.service!, suspendedAt: now } };
    else if (step.do === 'terminate') of = { ...of, service: { ...of.service!, terminatedAt: now } };
    else break;
  }
  return log;
}

describe('the worked timeline', () => {
  const timeline = [
    '2027-01-28 10:00 upcoming 1',
    '2027-01-31 10:00 charge 1',
    '2027-02-01 18:00 charge 2',
    '2027-02-01 18:00 overdue 1',
    '2027-02-03 13:00 charge 3',
    '2027-02-03 13:00 overdue 2',
    '2027-02-06 08:00 charge 4',
    '2027-02-06 08:00 final 1',
    '2027-02-08 10:00 suspend',
    '2027-02-13 20:00 charge 5',
    '2027-02-20 15:00 charge 6',
    '2027-02-23 10:00 termination 7',
    '2027-03-01 09:00 charge 7',
    '2027-03-01 10:00 termination 1',
    '2027-03-02 10:00 terminate',
  ];

  it('is what is foretold on the day of issue', () => {
    expect(steps({}, '2027-01-24T08:00:00Z')).toEqual(timeline);
  });

  it('is what is walked, step by step', () => {
    expect(walk({}, '2027-01-24T08:00:00Z')).toEqual(timeline);
  });

  it('without a method has the notices at ten, and no charge', () => {
    expect(walk({ method: null }, '2027-01-24T08:00:00Z')).toEqual([
      '2027-01-28 10:00 upcoming 1',
      '2027-02-01 10:00 overdue 1',
      '2027-02-03 10:00 overdue 2',
      '2027-02-06 10:00 final 1',
      '2027-02-08 10:00 suspend',
      '2027-02-23 10:00 termination 7',
      '2027-03-01 10:00 termination 1',
      '2027-03-02 10:00 terminate',
    ]);
  });
});

describe('other cycles', () => {
  it('a week is suspended after three days', () => {
    const week = { cycle: 'weekly' as const, dueOn: '2027-02-01', issuedOn: '2027-01-30' };
    expect(walk(week, '2027-01-30T08:00:00Z').slice(0, 7)).toEqual([
      '2027-02-01 10:00 charge 1',
      '2027-02-02 18:00 charge 2',
      '2027-02-02 18:00 overdue 1',
      '2027-02-03 13:00 charge 3',
      '2027-02-03 13:00 final 1',
      '2027-02-04 13:00 suspend',
      '2027-02-07 08:00 charge 4',
    ]);
  });

  it('a year is announced twice', () => {
    expect(steps({ cycle: 'yearly', issuedOn: '2027-01-01' }, '2027-01-01T08:00:00Z').slice(0, 3)).toEqual([
      '2027-01-17 10:00 upcoming 1',
      '2027-01-28 10:00 upcoming 2',
      '2027-01-31 10:00 charge 1',
    ]);
  });

  it('a direct debit is handed in five days before, and a payment under way stops everything', () => {
    const debit = { id: 'sepa', isSlow: true };
    expect(steps({ method: debit }, '2027-01-24T08:00:00Z')[0]).toBe('2027-01-26 10:00 charge 1');
    const pending: ChargeTry = {
      ...declined(0, '2027-01-26T09:00:00Z'),
      methodId: 'sepa',
      outcome: 'pending',
      declineClass: null,
    };
    expect(steps({ method: debit, tries: [pending] }, '2027-02-04T09:00:00Z')).toEqual([]);
    // Ten days later nobody believes in it any more.
    expect(steps({ method: debit, tries: [pending] }, '2027-02-05T09:00:00Z')).not.toEqual([]);
  });
});

describe('what a decline means', () => {
  const first = declined(0, '2027-01-31T09:00:00Z');

  it('a soft one follows the calendar', () => {
    expect(steps({ tries: [first] }, '2027-01-31T09:01:00Z')[0]).toBe('2027-02-01 18:00 charge 2');
  });

  it.each(['hard', 'fix_data'] as const)('a %s one leaves the method alone; notices and consequences stay', (kind) => {
    const left = steps({ tries: [declined(0, '2027-01-31T09:00:00Z', kind)] }, '2027-01-31T09:01:00Z');
    expect(left.filter((one) => one.includes('charge'))).toEqual([]);
    expect(left.filter((one) => one.includes('suspend'))).toEqual(['2027-02-08 10:00 suspend']);
  });

  it('another method goes on with the calendar; it does not begin anew', () => {
    const tries = [declined(1, '2027-02-01T17:00:00Z', 'hard')];
    expect(steps({ tries, method: { id: 'other', isSlow: false } }, '2027-02-02T09:00:00Z')).toContain(
      '2027-02-03 13:00 charge 3',
    );
  });

  it('seven are enough', () => {
    const tries = Array.from({ length: 7 }, () => declined(null, '2027-02-01T09:00:00Z'));
    expect(steps({ tries: tries.slice(1) }, '2027-02-02T09:00:00Z').filter((one) => one.includes('charge'))).toEqual([
      '2027-02-01 18:00 charge 2',
    ]);
    expect(steps({ tries }, '2027-02-02T09:00:00Z').filter((one) => one.includes('charge'))).toEqual([]);
  });

  it('what nobody knows is found out before anything else happens', () => {
    const unknown: ChargeTry = { ...first, outcome: 'unknown', declineClass: null };
    expect(steps({ tries: [unknown] }, '2027-02-20T09:00:00Z')).toEqual([]);
  });

  it('one that was asked for keeps the next from following within two hours', () => {
    const tries = [first, declined(null, '2027-02-01T16:30:00Z')];
    expect(steps({ tries }, '2027-02-01T16:31:00Z')[0]).toBe('2027-02-01 18:00 overdue 1');
    expect(steps({ tries }, '2027-02-01T16:31:00Z')[1]).toBe('2027-02-01 19:30 charge 2');
  });
});

describe('rule 4: no suspension without a final notice that was handed over a day before', () => {
  const due = { tries: [declined(3, '2027-02-06T07:00:00Z')] };

  it('a late notice moves it, inside the window', () => {
    const notices = [sent('final', 1, '2027-02-08T10:30:00Z')];
    expect(steps({ ...due, notices }, '2027-02-08T10:31:00Z')[0]).toBe('2027-02-09 11:30 suspend');
  });

  it('one that nobody has taken yet holds it', () => {
    const notices = [sent('final', 1, '2027-02-06T07:00:00Z', { handedAt: null })];
    expect(steps({ ...due, notices }, '2027-02-20T09:00:00Z').filter((one) => one.includes('suspend'))).toEqual([]);
  });

  it('one that came back asks staff', () => {
    const notices = [sent('final', 1, '2027-02-06T07:00:00Z', { handedAt: null, hasFailed: true })];
    expect(steps({ ...due, notices }, '2027-02-08T09:00:00Z')).toContain('2027-02-06 08:00 ask_staff');
    expect(steps({ ...due, notices }, '2027-02-08T09:00:00Z').join()).not.toContain('suspend');
  });

  it('who wants no reminders gets this one', () => {
    expect(
      walk({ remindersOff: true }, '2027-01-24T08:00:00Z').filter((one) => /overdue|final|suspend/.test(one)),
    ).toEqual(['2027-02-06 08:00 final 1', '2027-02-08 10:00 suspend']);
  });
});

describe('rules 8 and 9: everything stands still for a while', () => {
  const back = (day: string) => (due: Date) => new Date(Math.max(due.getTime(), at(day).getTime()));

  it('nine days: one charge and the newest notice are made good, and suspension keeps its day of notice', () => {
    const log = walk({}, '2027-01-30T00:00:00Z', back('2027-02-09T09:00:00Z'));
    expect(log.slice(0, 5)).toEqual([
      '2027-01-30 01:00 upcoming 1',
      '2027-02-09 10:00 charge 4',
      '2027-02-09 10:00 final 1',
      '2027-02-10 10:00 suspend',
      '2027-02-13 20:00 charge 5',
    ]);
  });

  it('until long after: each consequence comes after its warning', () => {
    const log = walk({}, '2027-01-30T00:00:00Z', back('2027-04-10T09:00:00Z'));
    expect(log).toEqual([
      '2027-01-30 01:00 upcoming 1',
      // Try 7 was the last one; it is made good, the others are not.
      '2027-04-10 11:00 charge 7',
      '2027-04-10 11:00 final 1',
      '2027-04-12 10:00 suspend',
      '2027-04-26 10:00 termination 7',
      '2027-05-02 10:00 termination 1',
      '2027-05-03 10:00 terminate',
    ]);
  });

  it('as soon as it was suspended: the last warning is not left out', () => {
    const suspended = { service: { suspendedAt: at('2027-02-08T09:00:00Z'), terminatedAt: null }, method: null };
    const notices = [sent('final', 1, '2027-02-06T07:00:00Z')];
    expect(walk({ ...suspended, notices }, '2027-03-15T10:00:00Z')).toEqual([
      '2027-03-15 11:00 termination 1',
      '2027-03-16 11:00 terminate',
    ]);
  });
});

describe('holds', () => {
  const hold = (stops: Hold['stops'], from: string, until: string | null): Hold => ({
    stops,
    reason: 'test',
    from,
    until,
  });

  it('a promise pauses the case, and what is left moves by as long', () => {
    const holds = [hold('case', '2027-02-02', '2027-02-12')];
    const left = steps({ holds, tries: [declined(1, '2027-02-01T17:00:00Z')] }, '2027-02-02T08:00:00Z');
    expect(left.filter((one) => !one.includes('overdue')).slice(0, 4)).toEqual([
      '2027-02-13 13:00 charge 3',
      '2027-02-16 08:00 charge 4',
      '2027-02-16 08:00 final 1',
      '2027-02-17 10:00 suspend',
    ]);
  });

  it('one without an end stops everything after it', () => {
    expect(steps({ holds: [hold('case', '2027-02-02', null)] }, '2027-01-25T08:00:00Z')).toEqual([
      '2027-01-28 10:00 upcoming 1',
      '2027-01-31 10:00 charge 1',
      '2027-02-01 18:00 charge 2',
      '2027-02-01 18:00 overdue 1',
    ]);
  });

  it('never-suspend lets charges and notices go on', () => {
    const log = steps({ holds: [hold('consequences', '2027-01-01', '2027-05-01')] }, '2027-01-24T08:00:00Z');
    expect(log.filter((one) => /suspend|charge 4/.test(one))).toEqual([
      '2027-02-06 08:00 charge 4',
      '2027-05-03 10:00 suspend',
    ]);
  });

  it('a legal hold keeps what is suspended', () => {
    const log = steps({ holds: [hold('termination', '2027-01-01', null)] }, '2027-01-24T08:00:00Z');
    expect(log.filter((one) => /suspend|terminat/.test(one))).toEqual(['2027-02-08 10:00 suspend']);
  });
});

describe('nothing happens', () => {
  it.each<[because: string, changed: Partial<CollectionCase>]>([
    ['it is paid', { owedMinor: 0 }],
    [
      'the service is gone',
      { service: { suspendedAt: at('2027-02-08T09:00:00Z'), terminatedAt: at('2027-03-02T09:00:00Z') } },
    ],
  ])('when %s', (_because, changed) => {
    expect(nextSteps({ ...january, ...changed }, at('2027-02-01T00:00:00Z'))).toEqual([]);
  });

  it('for a small balance: it is charged, and that is all', () => {
    const left = steps({ owedMinor: 99 }, '2027-01-31T08:00:00Z');
    expect(left.every((one) => one.includes('charge'))).toBe(true);
    expect(left).toHaveLength(7);
  });

  it('to the service where suspension is off', () => {
    const { longer } = DEFAULT_POLICY.overdue;
    const policy = {
      ...DEFAULT_POLICY,
      overdue: { ...DEFAULT_POLICY.overdue, longer: { ...longer, suspendAfterDays: 'off' as const } },
    };
    expect(steps({ policy }, '2027-01-24T08:00:00Z').join()).not.toMatch(/suspend|terminat/);
  });

  it('to an invoice without a service but notices', () => {
    expect(steps({ service: null, method: null }, '2027-01-24T08:00:00Z')).toEqual([
      '2027-01-28 10:00 upcoming 1',
      '2027-02-01 10:00 overdue 1',
      '2027-02-03 10:00 overdue 2',
    ]);
  });
});

it('rule 4, whatever happens: no suspension outside the window, nor within a day of the final notice', () => {
  for (let hour = 0; hour < 24 * 40; hour += 7) {
    const wake = (due: Date) =>
      new Date(Math.max(due.getTime(), at('2027-01-31T00:00:00Z').getTime() + hour * 3_600_000));
    const log = walk({}, '2027-01-24T08:00:00Z', wake);
    const final = log.find((one) => one.includes('final'))!;
    const suspend = log.find((one) => one.includes('suspend'))!;
    const ms = (line: string) => Date.parse(`${line.slice(0, 10)}T${line.slice(11, 16)}:00Z`);
    expect(ms(suspend) - ms(final)).toBeGreaterThanOrEqual(24 * 3_600_000);
    expect(log.at(-1)).toContain('terminate');
    expect(log.filter((one) => one.includes('termination 1'))).toHaveLength(1);
    expect(new Set(log.map((one) => one.slice(17))).size).toBe(log.length);
  }
});
