import type { OpenAPIHono } from '@hono/zod-openapi';
import { API_PREFIX } from '../contracts/prefix.ts';
import type { ApiEnv } from '../http/context.ts';
import { json, ProblemBody } from '../contracts/common.ts';
import { LicenseAnswer, LicenseCheck } from '../contracts/validate.ts';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemBody } },
});
const text = { schema: { type: 'string' as const } };

/**
 * Puts the license question into the description of the API. It is served apart from it (`api/licenses`), with
 * credentials of its own, so here is only what it looks like.
 */
export function describeLicenseCheck(app: OpenAPIHono<ApiEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'panelSignature', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Panel-Signature',
    description:
      'With `X-Panel-Id`, `X-Panel-Timestamp` (seconds, within 300 of now) and `X-Panel-Nonce` (good once): `v1=` and the ' +
      'hex HMAC-SHA-256 under the panel credential’s secret over timestamp, nonce, method, path with query, and the hex ' +
      'SHA-256 of the body, joined by line feeds.',
  });
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/api/v1/licenses/validate',
    summary: 'May this license do that?',
    description:
      'Every statement about a license is status 200, refused callers and limits included. 503 means we do not know: ' +
      `keep to the last answer. Also served as ${API_PREFIX}/licenses/validate, /api/v1/nextpanel/validate-license and ` +
      '/nextpanel/validate-license; the address that is asked is the one that is signed.',
    security: [{ panelSignature: [] }, { apiKey: [] }],
    'x-access': { actor: 'panel' },
    request: { body: { required: true, content: json(LicenseCheck) } },
    responses: {
      200: {
        description: 'What we know, or refuse to say',
        headers: {
          'X-Hostwright-Signature': {
            ...text,
            description:
              'To panels: `v1=` and the hex HMAC-SHA-256 under the panel’s secret over the body, `nonce` and `issued_at`, ' +
              'joined by line feeds',
          },
          'Retry-After': { ...text, description: 'Seconds, when a limit was met' },
        },
        content: json(LicenseAnswer),
      },
      422: problem('A field is missing or mistyped'),
      503: problem('We do not know now; ask again after `Retry-After`'),
      default: problem('Refused; `code` says why'),
    },
  });
}
