import { describe, expect, it } from '@jest/globals';
import { wordsFor } from './reader.ts';

/** Blanks that do not break, of several widths, are blanks here. */
const plain = (text: string) => text.replaceAll(/\s/gu, ' ');
const british = wordsFor(['en-GB', 'en'], 'Europe/London');
const american = wordsFor(['en-US'], 'America/New_York');
const german = wordsFor(['de-DE'], 'Europe/Berlin');

describe('amounts and times, as their reader is used to them', () => {
  it.each([
    ['2900', 'EUR', '€29.00', '29,00 €'],
    ['5', 'USD', 'US$0.05', '0,05 $'],
    ['-1250', 'EUR', '-€12.50', '-12,50 €'],
    ['1299', 'JPY', 'JP¥1,299', '1.299 ¥'],
    ['1234567', 'KWD', 'KWD 1,234.567', '1.234,567 KWD'],
    // Browsers write dinars of Iraq in whole ones, which would be a thousand times as much.
    ['1234567', 'IQD', 'IQD 1,234.567', '1.234,567 IQD'],
    ['900719925474099', 'EUR', '€9,007,199,254,740.99', '9.007.199.254.740,99 €'],
  ])('%s minor units of %s', (amount, currency, inBritain, inGermany) => {
    expect(plain(british.moneyText({ amount, currency }))).toBe(inBritain);
    expect(plain(german.moneyText({ amount, currency }))).toBe(inGermany);
  });

  it('an instant is in the order and the zone of the reader', () => {
    const at = '2026-11-26T18:37:05.000Z';
    expect(plain(british.instantText(at))).toBe('26 Nov 2026, 18:37:05');
    expect(plain(american.instantText(at))).toBe('Nov 26, 2026, 1:37:05 PM');
    expect(plain(german.instantText(at))).toBe('26.11.2026, 19:37:05');
  });

  it('a civil date is that day, whatever the zone', () => {
    expect(british.dayText('2026-12-01')).toBe('1 Dec 2026');
    expect(american.dayText('2026-12-01')).toBe('Dec 1, 2026');
    expect(german.dayText('2026-12-01')).toBe('01.12.2026');
  });

  it('an amount in a sentence of the server is written as everywhere else', () => {
    const text = 'Payment of EUR 29.00 received; invoice HW-000001 is paid';
    expect(british.localText(text)).toBe('Payment of €29.00 received; invoice HW-000001 is paid');
    expect(plain(german.localText(text))).toBe('Payment of 29,00 € received; invoice HW-000001 is paid');
  });

  it('a language that is none is passed over', () => {
    expect(wordsFor(['en-US@posix', 'en-GB'], 'UTC').dayText('2026-12-01')).toBe('1 Dec 2026');
  });
});
