import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Logger } from 'pino';
import { OLDER_PAGES, PAGES } from '../contracts/page-addresses.ts';
import { createRoute, router } from '../http/router.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};
/** Where a build writes the nonce it needs at run time: `<meta property="csp-nonce" nonce="__CSP_NONCE__">`. */
const PLACEHOLDER = '__CSP_NONCE__';

/** WEB-03. Payment is a redirect, so no gateway is framed and no form is sent anywhere else. */
const policy = (nonce: string) =>
  `default-src 'none'; script-src 'self' 'nonce-${nonce}' 'strict-dynamic'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'`;

/** Gives every script, style and preload of a built page the placeholder, unless the build did. */
const withPlaceholders = (html: string) =>
  html.replaceAll(/<(script|style|link)\b(?![^>]*\bnonce=)/g, `<$1 nonce="${PLACEHOLDER}"`);

const ADDRESSES = PAGES.map((page) => new RegExp(`^${page.replaceAll(/:\w+/g, '[^/]+')}/?$`));

/** People get their 404 as a page; programs, and whoever asks for a part or for a place of programs, as a problem. */
const mayShowPage = (path: string, accept = '') =>
  accept.includes('text/html') && !/^\/(api|webhooks|temporal|nextpanel|assets)(\/|$)/.test(path);

const anyPage = createRoute({
  method: 'get',
  path: '/*',
  hide: true,
  access: { actor: 'machine' },
  responses: { 200: { description: 'A page or a part of one' }, 301: { description: 'An address of older systems' } },
});

/**
 * Serves the built pages: files by exact name from a list made at start, and for every address of the portal the one
 * page, with a fresh nonce in its content policy. An address that is none is 404, also where a page says so.
 * @param folder  of the build; when it is missing, pages answer 404 and the API works
 */
export function pageRoutes(folder: string, log: Pick<Logger, 'warn'>) {
  const files = new Map<string, string>();
  if (existsSync(join(folder, 'index.html'))) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      files.set(`/${relative(folder, file).split(sep).join('/')}`, file);
    }
  } else {
    log.warn({ folder }, 'no built pages in UI_DIR; only the API is served');
  }
  const shell = files.get('/index.html');
  const parts = shell ? withPlaceholders(readFileSync(shell, 'utf8')).split(PLACEHOLDER) : undefined;

  return router().openapi(anyPage, (c) => {
    const { path } = c.req;
    const file = path === '/index.html' ? undefined : files.get(path);
    if (file) {
      // Names of built parts change with their content.
      const cacheControl = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      return c.body(readFileSync(file), 200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'cache-control': cacheControl,
      });
    }
    const older = OLDER_PAGES[path.replace(/(?<=.)\/$/, '')];
    if (older) return c.redirect(older, 301);
    const isPage = ADDRESSES.some((address) => address.test(path));
    if (!parts || (!isPage && !mayShowPage(path, c.req.header('accept')))) return c.notFound() as never;
    const nonce = randomBytes(18).toString('base64url');
    return c.body(parts.join(nonce), isPage ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(nonce),
      'referrer-policy': 'same-origin',
    });
  });
}
