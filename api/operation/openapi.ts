import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import type { ApiContext, ApiEnv, Parts } from '../http/context.ts';
import type { Identified } from '../http/middleware/gate.ts';
import { Problem } from '../http/problem.ts';
import type { Access } from '../http/access.ts';
import { createRoute, router } from '../http/router.ts';
import { describeTexts } from './described-texts.ts';
import { VERSION } from './version.ts';

/** Files of the reference page and what they are; nothing else of the package is served. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;
const STARTER = `window.onload = () => window.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null, displayRequestDuration: true });\n`;
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Hostwright API</title>
    <link rel="icon" href="/reference/favicon-32x32.png" />
    <link rel="stylesheet" href="/reference/swagger-ui.css" />
  </head>
  <body>
    <div id="reference"></div>
    <script src="/reference/swagger-ui-bundle.js"></script>
    <script src="/reference/start.js"></script>
  </body>
</html>
`;
/** Scripts and styles come only from here; the images of its style sheet are in the style sheet. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Every operation with its actor, permission and proofs, from the routes themselves. */
export function describeApi(app: OpenAPIHono<ApiEnv>, publicUrl: string) {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Hostwright',
      version: VERSION,
      description:
        'Sells hosting and keeps it running. Refusals are problem details (RFC 9457) with a stable `code` and a request id. ' +
        'Whatever creates takes an `Idempotency-Key`.',
    },
    servers: [{ url: new URL(publicUrl).origin }],
  });
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const operation of Object.values(item as Record<string, Record<string, unknown>>)) {
      operation['tags'] ??= [tagOf(path)];
      const access = operation['x-access'] as Access | undefined;
      if (!access || operation['security']) continue;
      const session = { session: [], csrf: [] };
      const key = { apiKey: [] };
      if (access.actor === 'customer') operation['security'] = [session];
      if (access.actor === 'staff' || access.actor === 'person') operation['security'] = [session, key];
    }
  }
  describeTexts(document);
  document.components = {
    ...document.components,
    securitySchemes: {
      ...document.components?.securitySchemes,
      session: { type: 'apiKey', in: 'cookie', name: '__Host-sid', description: 'Made by signing in' },
      csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token', description: 'From GET /api/v2/me; for changes' },
      apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of staff, `hw_…`' },
    },
  };
  return document;
}

/** `/api/v2/panel-credentials/{id}` belongs to "Panel credentials". */
function tagOf(path: string): string {
  const word = path
    .replace(/^\/api\/v\d+/, '')
    .split('/')[1]!
    .replaceAll('-', ' ');
  return word.charAt(0).toUpperCase() + word.slice(1);
}

const Asset = z.object({ file: z.enum([...(Object.keys(ASSETS) as [keyof typeof ASSETS]), 'start.js']) });
const hidden = { method: 'get' as const, hide: true, access: { actor: 'machine' as const } };
const specification = createRoute({
  ...hidden,
  path: '/openapi.json',
  responses: { 200: { description: 'OpenAPI 3.1' } },
});
const page = createRoute({ ...hidden, path: '/reference', responses: { 200: { description: 'The page' } } });
const asset = createRoute({
  ...hidden,
  path: '/reference/{file}',
  request: { params: Asset },
  responses: { 200: { description: 'A part of the page' } },
});

/**
 * The description of the API and a page to browse it, without anything from elsewhere.
 * Open in the sandbox; in production for staff only, unless API_REFERENCE says otherwise (OPS-01).
 */
export function referenceRoutes(
  app: OpenAPIHono<ApiEnv>,
  { config }: Pick<Parts, 'config'>,
  identify: (c: ApiContext) => Promise<Identified | undefined>,
) {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const open = (config.API_REFERENCE ?? (config.NODE_ENV === 'production' ? 'staff' : 'open')) === 'open';
  let text: string | undefined;

  const admit = async (c: ApiContext): Promise<void> => {
    if (open || (await identify(c))?.actor.type === 'staff') return;
    throw new Problem(401, 'not_signed_in', 'The reference is for staff here. Sign in as staff first.');
  };

  return router()
    .openapi(specification, async (c) => {
      await admit(c);
      text ??= JSON.stringify(describeApi(app, config.PUBLIC_URL));
      return c.body(text, 200, { 'content-type': 'application/json' });
    })
    .openapi(page, async (c) => {
      await admit(c);
      return c.body(PAGE, 200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY });
    })
    .openapi(asset, async (c) => {
      await admit(c);
      const { file } = c.req.valid('param');
      const cached = { 'cache-control': 'private, max-age=3600' };
      if (file === 'start.js')
        return c.body(STARTER, 200, { 'content-type': 'text/javascript; charset=utf-8', ...cached });
      return c.body(readFileSync(join(folder, file)), 200, { 'content-type': ASSETS[file], ...cached });
    });
}
