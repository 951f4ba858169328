import { describe, expect, it } from '@jest/globals';
import { safeNext } from './next.ts';

const OWN = 'https://portal.example';

describe('where signing in leads (WEB-07)', () => {
  it.each([
    ['/orders/1?from=cancel#license', '/orders/1?from=cancel#license'],
    ['/staff', '/staff'],
    ['/a/../orders', '/orders'],
  ])('goes on to %s', (next, to) => {
    expect(safeNext(next, '/orders', OWN)).toBe(to);
  });

  it.each([
    [undefined, 'nothing was asked'],
    ['', 'nothing was asked'],
    ['orders', 'it is no path from the root'],
    ['//evil.example/orders', 'another host'],
    ['/\\evil.example', 'browsers read \\ as /'],
    ['/\t/evil.example', 'browsers drop the tab'],
    ['https://evil.example', 'another origin'],
    ['https://portal.example.evil.example', 'another origin'],
    ['javascript:alert(1)', 'a script'],
    ['data:text/html,x', 'a document of its own'],
  ])('does not follow %j: %s', (next, _because) => {
    expect(safeNext(next, '/orders', OWN)).toBe('/orders');
  });
});
