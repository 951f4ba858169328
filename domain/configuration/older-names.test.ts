import { expect, it } from '@jest/globals';
import { VARIABLES } from './configuration.ts';
import { olderNamesIn } from './older-names.ts';

it('a variable of an older system is named with what to set instead, and never with its value', () => {
  const env = { PAYPAL_MODE: 'live', SECRET_KEY: 's3cret', STRIPE_SECRET_KEY: 'sk_test_1', REDIS_URL: '' };
  const said = olderNamesIn(env);
  expect(said).toEqual([
    'PAYPAL_MODE does nothing here: set PAYPAL_ENVIRONMENT to live or sandbox.',
    expect.stringMatching(/^SECRET_KEY does nothing here: set SESSION_SECRET/),
  ]);
  expect(said.join()).not.toContain('s3cret');
});

it('what is told to be set is a variable of ours, and no variable of ours is called older', () => {
  const all = olderNamesIn(new Proxy({}, { get: () => 'x' }));
  const named = all.flatMap((line) => line.split(': set ')[1]?.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []);
  for (const name of named) expect(Object.keys(VARIABLES)).toContain(name);
  for (const line of all) expect(Object.keys(VARIABLES)).not.toContain(line.split(' ')[0]);
});
