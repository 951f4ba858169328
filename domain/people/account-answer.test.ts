import { expect, it } from '@jest/globals';
import { accountAnswer, type AddressFacts } from './account-answer.ts';

type Row = [asked: 'sign_up' | 'password_reset', user: AddressFacts['user'], isCustomer: boolean, answer: string];

it('a recovery code that was used is told, however many mails went out', () => {
  const told = (user: AddressFacts['user']) =>
    accountAnswer('recovery_code_used', { user, isCustomer: true, mailsLately: 9 });
  expect([told('confirmed'), told('disabled')]).toEqual(['recovery_code_used', 'nothing']);
});

it.each<Row>([
  ['sign_up', 'none', false, 'confirm_address'],
  ['sign_up', 'none', true, 'invitation'],
  ['sign_up', 'confirmed', true, 'has_account'],
  ['sign_up', 'unconfirmed', true, 'password_reset'],
  ['sign_up', 'disabled', true, 'nothing'],
  ['password_reset', 'none', false, 'nothing'],
  ['password_reset', 'none', true, 'invitation'],
  ['password_reset', 'confirmed', true, 'password_reset'],
  ['password_reset', 'confirmed', false, 'password_reset'],
  ['password_reset', 'unconfirmed', true, 'password_reset'],
  ['password_reset', 'disabled', true, 'nothing'],
])('%s, user %s, customer %s: %s', (asked, user, isCustomer, answer) => {
  expect(accountAnswer(asked, { user, isCustomer, mailsLately: 0 })).toBe(answer);
  expect(accountAnswer(asked, { user, isCustomer, mailsLately: 2 })).toBe(answer);
  expect(accountAnswer(asked, { user, isCustomer, mailsLately: 3 })).toBe('nothing');
});
