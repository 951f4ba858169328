/**
 * The simulated panel in a browser: the administrator sees and makes API keys, a customer the own account. How the real
 * one looks nobody says; nextpanel.md A3 says only who makes keys.
 */
import { randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { Collection } from '#activities/simulation/store.ts';
import type { Accounts, SimulatedAccount } from '../accounts.ts';
import { KeyWish, type Keys } from '../keys.ts';
import { accountsTable } from './accounts-page.ts';
import { page } from './frame.ts';
import { keysPage, signInForm, signOut } from './key-pages.ts';

/** Who signed in: the administrator, or the account with this id. */
export interface SiteSession {
  token: string;
  accountId: number | null;
}

export interface SiteParts {
  keys: Keys;
  accounts: Accounts;
  sessions: Collection<SiteSession>;
  isAdmin: (username: string, password: string) => boolean;
  adminName: string;
}

const COOKIE = 'nextpanel_session';

export function siteRoutes(app: Hono<{ Bindings: HttpBindings }>, parts: SiteParts): void {
  const { keys, accounts, sessions, isAdmin, adminName } = parts;
  const title = 'NextPanel (simulated)';
  const sessionOf = (c: Context) => sessions.get(getCookie(c, COOKIE) ?? '');
  const isAdministrator = (c: Context) => sessionOf(c)?.accountId === null;
  const field = async (c: Context, name: string) => String((await c.req.parseBody())[name] ?? '');

  app.get('/', (c) => {
    const session = sessionOf(c);
    if (session?.accountId === null) return page(c, title, keysPage(adminName, keys.all()));
    const account = session && accounts.alive(session.accountId ?? undefined);
    return page(c, title, account ? ownPage(account) : signInForm());
  });

  app.post('/sign-in', async (c) => {
    const [username, password] = [await field(c, 'username'), await field(c, 'password')];
    const account = isAdmin(username, password) ? null : accounts.signIn(username, password);
    if (account === undefined) return page(c, title, signInForm('Incorrect username or password'), { status: 401 });
    const token = randomBytes(24).toString('base64url');
    sessions.set(token, { token, accountId: account?.id ?? null });
    setCookie(c, COOKIE, token, { httpOnly: true, sameSite: 'Lax', path: '/' });
    return c.redirect('/', 303);
  });

  app.post('/sign-out', (c) => {
    sessions.delete(getCookie(c, COOKIE) ?? '');
    deleteCookie(c, COOKIE, { path: '/' });
    return c.redirect('/', 303);
  });

  app.post('/keys', async (c) => {
    if (!isAdministrator(c)) return c.redirect('/', 303);
    const { rate_limit_per_hour: hour, rate_limit_per_day: day, ...rest } = await c.req.parseBody();
    const wish = KeyWish.parse({ ...rest, rate_limit_per_hour: Number(hour), rate_limit_per_day: Number(day) });
    const made = keys.issue(wish);
    return page(c, title, keysPage(adminName, keys.all(), made));
  });

  app.post('/keys/:id/revoke', (c) => {
    if (isAdministrator(c)) keys.revoke(c.req.param('id'));
    return c.redirect('/', 303);
  });

  // What the simulator has, for tests and demonstrations: no part of the panel.
  app.get('/_sim/page', (c) => page(c, title, accountsTable(accounts.everMade()), { renews: true }));
}

const ownPage = (account: SimulatedAccount) => html`
  <h1>NextPanel, simulated</h1>
  ${signOut(account.username)}
  <dl>
    <dt>E-mail</dt>
    <dd>${account.email}</dd>
    <dt>Package</dt>
    <dd>${account.package_id ?? ''}</dd>
    <dt>State</dt>
    <dd><span class="state ${account.state}">${account.state}</span></dd>
  </dl>
`;
