import { expect, it } from '@jest/globals';
import { incidentTitle } from './incident-title.ts';

it.each([
  [
    { step: 'account', reason: 'VendorUnauthorized', node: 'ams-1', adapter: 'nextpanel' },
    'The account could not be made: ams-1 refuses our key',
  ],
  [
    { step: 'checkout', reason: 'VendorUnavailable', gateway: 'stripe' },
    'The payment page could not be opened: Stripe does not answer',
  ],
  [
    { step: 'welcome', reason: 'VendorRefused', adapter: 'smtp' },
    'The welcome mail could not be sent: the mail server says no',
  ],
  [{ step: 'placement', reason: 'NoFreeNode' }, 'No node could be chosen: no node is free'],
  [
    { step: 'account', reason: 'OutcomeUnknown' },
    'The account could not be made: it is not known what the other side did',
  ],
  [{ step: 'later', reason: 'NewReason' }, 'The step later could not go on: NewReason'],
])('%j reads %s', (facts, title) => {
  expect(incidentTitle(facts)).toBe(title);
});
