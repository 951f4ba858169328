import { describe, expect, it } from '@jest/globals';
import { SignUp } from '#api/contracts/people.ts';
import { PlaceOrder, Username } from '#api/contracts/orders.ts';
import { SetPanelPassword } from '#api/contracts/panel-password.ts';
import { bodyOf, sentence } from './fields.ts';

describe('a form of fields named as JSON pointers', () => {
  it('becomes the request body, without what was left empty', () => {
    expect(bodyOf({ action: 'retry', note: '', 'input/node_id': '', 'input/username': 'adasite' })).toEqual({
      action: 'retry',
      input: { username: 'adasite' },
    });
    expect(bodyOf({ action: 'retry', 'input/username': '' })).toEqual({ action: 'retry' });
  });

  const problemOf = (parsed: { error?: { issues: { message: string }[] } }) => parsed.error!.issues[0]!.message;

  it.each([
    ['E-mail', 'ada', problemOf(SignUp.shape.email.safeParse('ada')), 'This does not look like an e-mail address.'],
    ['E-mail', '', problemOf(SignUp.shape.email.safeParse(undefined)), 'E-mail is needed.'],
    ['Your name', 'x'.repeat(500), problemOf(SignUp.shape.name.safeParse('x'.repeat(500))), 'Your name is too long.'],
    ['Your name', ' ', problemOf(SignUp.shape.name.safeParse(' ')), 'Your name is empty.'],
    ['Country', 'de', problemOf(SignUp.shape.country.safeParse('de')), 'Country is two capital letters (ISO 3166-1).'],
    [
      'New password',
      'short',
      problemOf(SetPanelPassword.shape.password.safeParse('short')),
      'New password has at least 12 characters.',
    ],
    [
      'Another user name',
      'root',
      problemOf(Username.safeParse('root')),
      'Another user name is 3 to 16 lower-case letters and digits, a letter first, and not a reserved name.',
    ],
    [
      'Plan',
      'No Plan',
      problemOf(PlaceOrder.shape.plan.safeParse('No Plan')),
      'Plan is lower-case letters, digits and dashes, a letter first.',
    ],
  ])('%s %j says in a sentence what is wrong', (label, value, message, said) => {
    expect(sentence(label, message, value)).toBe(said);
  });
});
