import { expect, it } from '@jest/globals';
import { OpenAPIHono } from '@hono/zod-openapi';
import { LICENSE_PATHS } from '#api/licenses/check/serve.ts';
import type { ApiEnv } from '../http/context.ts';
import { describeLicenseCheck } from './validate.ts';

it('the description of the API tells how a license is asked for, where it is served', () => {
  const app = new OpenAPIHono<ApiEnv>();
  describeLicenseCheck(app);
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'test', version: '1' } });
  const operation = document.paths![LICENSE_PATHS[0]!]!.post!;
  expect(operation.security).toEqual([{ panelSignature: [] }, { apiKey: [] }]);
  expect(Object.keys(operation.responses!)).toEqual(['200', '422', '503', 'default']);
  const { LicenseCheck, LicenseAnswer } = document.components!.schemas as Record<string, { required: string[] }>;
  expect(LicenseCheck!.required).toEqual(['license_key', 'feature']);
  expect(LicenseAnswer!.required).toContain('remaining_quota');
});
