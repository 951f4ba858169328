import { describe, expect, it } from '@jest/globals';
import { createHashing } from './hashing.ts';
import { commonPasswordCount, passwordProblem } from './password-rules.ts';

describe('hashing', () => {
  it('AUTH-01: beyond the queue the answer is 503, and whoever waits is served', async () => {
    const hashing = createHashing({ parallel: 1, waiting: 2 });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => hashing.hash('a password of mine')));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(outcomes[4]).toMatchObject({
      reason: { status: 503, code: 'sign_in_busy', headers: { 'retry-after': '3' } },
    });
    expect((await hashing.hash('again')).startsWith('$argon2id$')).toBe(true);
  });

  it('AUTH-03: an unknown user is never right, also with the dummy’s own password', async () => {
    const hashing = createHashing();
    expect(await hashing.verify('nobody has this password', undefined)).toMatchObject({ right: false });
  });

  it('AUTH-01: the event loop stays free while 50 wait', async () => {
    const hashing = createHashing({ waiting: 100 });
    let longest = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await Promise.all(Array.from({ length: 50 }, () => hashing.hash('a password of mine')));
    clearInterval(beat);
    // A hash on the event loop would hold it for all fifty; the machine may be busy with other things.
    expect(longest).toBeLessThan(500);
  });
});

describe('AUTH-02: what a password may be', () => {
  const context = { kind: 'customer', email: 'grace.hopper@example.com', names: ['Hostwright', 'Blue Shop'] } as const;
  it.each<[string, RegExp | undefined, string]>([
    ['correct horse battery staple', undefined, 'words'],
    ['        x', undefined, 'spaces count and are kept'],
    ['пароль-из-гавани', undefined, 'any script'],
    ['👩‍🚀🚀🌕🌖🌗🌘🌑', undefined, 'eight code points and more'],
    ['x'.repeat(128), undefined, 'the longest'],
    ['x'.repeat(129), /more than 128/, 'one too long'],
    ['seven77', /at least 8/, 'one too short'],
    ['🌕🌖🌗🌘', /at least 8/, 'sixteen UTF-16 units are four characters'],
    ['12345678', /most used/, 'common'],
    ['PassWord', /most used/, 'common in another case'],
    ['grace.hopper!', /e-mail address/, 'the address'],
    ['i love blueshop 9', /name of the shop/, 'the shop without its space'],
  ])('%s → %s (%s)', (password, problem) => {
    const found = passwordProblem(password, context);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });

  it('staff need twelve', () => {
    expect(passwordProblem('eleven char', { ...context, kind: 'staff' })).toMatch(/at least 12/);
    expect(passwordProblem('twelve chars', { ...context, kind: 'staff' })).toBeUndefined();
  });

  it('the list has more than ten thousand', () => {
    expect(commonPasswordCount).toBeGreaterThan(10_000);
  });
});
