import { expect, it } from '@jest/globals';
import { renewalIssueAt } from './renewal-calendar.ts';

it.each([
  ['2027-01-31', 'monthly', 'UTC', '2027-01-24T00:00:00.000Z', 'a week before, as the worked timeline says'],
  ['2027-01-31', 'monthly', 'Europe/Berlin', '2027-01-23T23:00:00.000Z', 'the day begins in the billing zone'],
  ['2027-03-01', 'yearly', 'UTC', '2027-01-30T00:00:00.000Z', 'thirty days before, over a month end'],
  ['2028-03-01', 'yearly', 'UTC', '2028-01-31T00:00:00.000Z', 'over a leap day'],
  ['2027-03-01', 'weekly', 'UTC', '2027-02-27T00:00:00.000Z', 'two days before'],
  ['2027-03-01', 'half_yearly', 'UTC', '2027-02-15T00:00:00.000Z', 'two weeks before'],
  ['2028-03-01', 'three_yearly', 'UTC', '2028-01-31T00:00:00.000Z', 'as a year'],
] as const)('issues the renewal of %s (%s, %s) at %s: %s', (paidThrough, cycle, zone, at, _because) => {
  expect(renewalIssueAt(paidThrough, cycle, zone).toISOString()).toBe(at);
});
