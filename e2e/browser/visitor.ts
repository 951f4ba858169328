import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { DATA } from '#cli/root.ts';

const SCREENSHOTS = join(DATA, 'screenshots');
/** Runs in every page, before its own scripts. */
const WATCH = `document.addEventListener('securitypolicyviolation', (event) =>
  noteViolation(location.pathname + ': ' + event.violatedDirective + ' ' + event.blockedURI))`;

/** Someone with a browser of his own, and what went wrong in it. */
export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** Of content policies, on our pages. */
  violations: string[];
  /** Errors in the console and uncaught ones, on our pages; refusals by the API are in `refusals`. */
  errors: string[];
  /** "401 GET /api/v2/me" */
  refusals: string[];
  /** Fields for cards on our pages (WEB-09). */
  cardFields: () => Promise<number>;
  /** Keeps a picture of the whole page for whoever wants to look. */
  shot(name: string): Promise<void>;
}

export interface VisitorOptions {
  /** As wide as a phone. */
  phone?: boolean;
  dark?: boolean;
}

/** What has the focus, by its text; all of the page's where nothing has it. */
export const focused = (page: Page) => page.evaluate<string>('document.activeElement.innerText');

let visitors = 0;

/**
 * @param origin  of our pages; they believe this test's `X-Forwarded-For`, so that every visitor is a network of his own
 */
export async function visitorOf(
  browser: Browser,
  origin: string,
  { phone = false, dark = false }: VisitorOptions = {},
): Promise<Visitor> {
  visitors += 1;
  const viewport = phone ? { width: 390, height: 844 } : { width: 1200, height: 860 };
  const context = await browser.newContext({
    viewport,
    locale: 'en-GB',
    timezoneId: 'UTC',
    baseURL: origin,
    colorScheme: dark ? 'dark' : 'light',
    extraHTTPHeaders: { 'x-forwarded-for': `203.0.113.${visitors}` },
  });
  const violations: string[] = [];
  const errors: string[] = [];
  const refusals: string[] = [];
  await context.exposeFunction('noteViolation', (text: string) => void violations.push(text));
  await context.addInitScript({ content: WATCH });
  context.on('weberror', (error) => void errors.push(String(error.error())));
  context.on('console', (message) => {
    // The browser's own line about an answer of 4xx or 5xx; `refusals` has it with its method.
    const isRefusal = message.text().startsWith('Failed to load resource: the server responded');
    if (message.type() === 'error' && message.location().url.startsWith(origin) && !isRefusal)
      errors.push(message.text());
  });
  context.on('response', (response) => {
    const { origin: from, pathname } = new URL(response.url());
    if (from === origin && response.status() >= 400) {
      refusals.push(`${response.status()} ${response.request().method()} ${pathname}`);
    }
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  mkdirSync(SCREENSHOTS, { recursive: true });
  return {
    context,
    page,
    violations,
    errors,
    refusals,
    cardFields: () => page.locator('input[autocomplete^="cc-"], input[name*="card" i], iframe').count(),
    async shot(name) {
      await page.screenshot({
        path: join(SCREENSHOTS, `${name}${phone ? '-phone' : ''}${dark ? '-dark' : ''}.png`),
        fullPage: true,
      });
    },
  };
}
