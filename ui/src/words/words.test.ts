import { describe, expect, it } from '@jest/globals';
import { quotaTexts, yearlySaving } from './words.ts';

describe('words on the pages', () => {
  it('says what a year saves, and never that it costs more', () => {
    expect(yearlySaving('2900', '29000')).toBe(5800);
    expect(yearlySaving('2900', '36000')).toBe(0);
  });

  it('lists what a plan allows, the account first and what it does not know last', () => {
    expect(
      quotaTexts({ create_email: 10, backup_slots: 2, create_domain: 1, create_account: 1, create_database: -1 }),
    ).toEqual(['1 hosting account', '1 domain', 'Unlimited databases', '10 mailboxes', '2 backup slots']);
  });
});
