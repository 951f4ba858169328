import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiContext, ApiEnv, Parts } from '../http/context.ts';
import type { Identified } from '../http/middleware/gate.ts';
import { Problem } from '../http/problem.ts';
import type { Access } from '../http/access.ts';
import { createRoute, router } from '../http/router.ts';
import { describeTexts } from './described-texts.ts';
import { VERSION } from './version.ts';

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

const specification = createRoute({
  method: 'get',
  hide: true,
  access: { actor: 'machine' },
  path: '/openapi.json',
  responses: { 200: { description: 'OpenAPI 3.1' } },
});
/**
 * The description of the API, which the page `/reference` shows.
 * Open in the sandbox; in production for staff only, unless API_REFERENCE says otherwise (OPS-01).
 */
export function referenceRoutes(
  app: OpenAPIHono<ApiEnv>,
  { config }: Pick<Parts, 'config'>,
  identify: (c: ApiContext) => Promise<Identified | undefined>,
) {
  const open = (config.API_REFERENCE ?? (config.NODE_ENV === 'production' ? 'staff' : 'open')) === 'open';
  let text: string | undefined;

  const admit = async (c: ApiContext): Promise<void> => {
    if (open || (await identify(c))?.actor.type === 'staff') return;
    throw new Problem(401, 'not_signed_in', 'The reference is for staff here. Sign in as staff first.');
  };

  return router().openapi(specification, async (c) => {
    await admit(c);
    text ??= JSON.stringify(describeApi(app, config.PUBLIC_URL));
    return c.body(text, 200, { 'content-type': 'application/json' });
  });
}
