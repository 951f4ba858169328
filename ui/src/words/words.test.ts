import { describe, expect, it } from '@jest/globals';
import { dayText, moneyText, quotaTexts, yearlySaving } from './words.ts';

describe('words on the pages', () => {
  it.each([
    ['2900', 'EUR', '€29.00'],
    ['5', 'USD', '$0.05'],
    ['-1250', 'EUR', '-€12.50'],
    ['1299', 'JPY', '¥1,299'],
    ['1234567', 'KWD', 'KWD 1,234.567'],
  ])('%s minor units of %s are %s', (amount, currency, text) => {
    expect(moneyText({ amount, currency }).replaceAll('\u00a0', ' ')).toBe(text);
  });

  it('says what a year saves, and never that it costs more', () => {
    expect(yearlySaving('2900', '29000')).toBe(5800);
    expect(yearlySaving('2900', '36000')).toBe(0);
  });

  it('lists what a plan allows, the account first and what it does not know last', () => {
    expect(
      quotaTexts({ create_email: 10, backup_slots: 2, create_domain: 1, create_account: 1, create_database: -1 }),
    ).toEqual(['1 hosting account', '1 domain', 'Unlimited databases', '10 mailboxes', '2 backup slots']);
  });

  it('shows a civil date as that day, whatever the zone', () => {
    expect(dayText('2026-12-01')).toBe('December 1, 2026');
  });
});
