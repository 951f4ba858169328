import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { OLDER_PAGES, PAGES } from '../contracts/page-addresses.ts';
import { createTestApi, type TestApi } from '../testing/harness.ts';

let db: TestDatabase;
let api: TestApi;
const folder = mkdtempSync(join(tmpdir(), 'hostwright-pages-'));
beforeAll(async () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Hostwright</title><script src="/a.js"></script>');
  writeFileSync(join(folder, 'assets', 'a-1.js'), 'a()');
  db = await createTestDatabase('pages');
  api = await createTestApi(db, { env: { UI_DIR: folder } });
});
afterAll(async () => {
  await db.drop();
  rmSync(folder, { recursive: true });
});

const get = (path: string) => api.ask('GET', path);

describe('the pages', () => {
  it('are served at every address that their own router knows, and at no other', () => {
    // Read, not run: the router needs a browser.
    const source = readFileSync(new URL('../../ui/src/router.tsx', import.meta.url), 'utf8');
    const known = [...source.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path!.replaceAll('$', ':'));
    expect(known.length).toBeGreaterThan(10);
    expect(known.toSorted()).toEqual([...PAGES].toSorted());
  });

  it.each(PAGES.map((page) => [page.replaceAll(/:\w+/g, 'x-1')]))('%s is there', async (path) => {
    const { status, headers, text } = await get(path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('<title>Hostwright</title>');
    expect((await get(`${path === '/' ? '' : path}/?q=1`)).status).toBe(200);
  });

  it.each([
    ['/anything'],
    ['/.env'],
    ['/.git/config'],
    ['/orders/a/b'],
    ['/staff/nodes'],
    ['/healthy'],
    ['/wp-login.php'],
    ['/index.html'],
  ])('%s is no page: 404, and for people the page that says so', async (path) => {
    const forPrograms = await get(path);
    expect([forPrograms.status, forPrograms.json.code]).toEqual([404, 'page_not_found']);
    const forPeople = await api.ask('GET', path, { headers: { accept: 'text/html,application/xhtml+xml' } });
    expect([forPeople.status, forPeople.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });

  it.each([['/api/v2/nothing'], ['/api/v1/plans'], ['/webhooks/nobody'], ['/assets/gone.js']])(
    '%s is 404 as a problem, whoever asks',
    async (path) => {
      const { status, headers } = await api.ask('GET', path, { headers: { accept: 'text/html' } });
      expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    },
  );

  it.each(Object.entries(OLDER_PAGES))('%s leads to %s', async (path, to) => {
    const { status, headers } = await get(`${path}?next=1`);
    expect([status, headers.get('location')]).toEqual([301, to]);
  });
});
