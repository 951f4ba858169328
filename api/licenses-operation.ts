import type { RouteConfig } from '@hono/zod-openapi';
import { json, ProblemBody } from './contracts/common.ts';
import { LicenseAnswer, LicenseCheck } from './contracts/validate.ts';

/** How the license question is described; it is answered apart from the rest of the API, in `licenses/`. */
export const licenseOperation: RouteConfig & { 'x-access': { actor: 'panel' } } = {
  method: 'post',
  path: '/api/v1/licenses/validate',
  tags: ['Licenses'],
  summary: 'May this license do that?',
  description:
    'For panels. Signed with the panel credential of their node, or with an API key of the scope `license:validate`. ' +
    'A refusal is an answer too, with 200; 503 means that we do not know, so keep to the last answer.',
  'x-access': { actor: 'panel' },
  security: [{ panel: [] }, { apiKey: [] }],
  request: { body: { required: true, content: json(LicenseCheck) } },
  responses: {
    200: { description: 'Yes or no, and why', content: json(LicenseAnswer) },
    default: {
      description: 'Not a question, or we do not know',
      content: { 'application/problem+json': { schema: ProblemBody } },
    },
  },
};
