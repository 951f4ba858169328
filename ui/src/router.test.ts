import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { PAGES } from '#api/contracts/page-addresses.ts';

/** Read, not run: the router needs a browser. */
const source = readFileSync(new URL('router.tsx', import.meta.url), 'utf8');

it('the server serves the page at every address that the pages know, and at no other', () => {
  const known = [...source.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path!.replaceAll('$', ':'));
  expect(known.length).toBeGreaterThan(10);
  expect(known.toSorted()).toEqual([...PAGES].toSorted());
});
