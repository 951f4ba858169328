import { describe, expect, it } from '@jest/globals';
import { z } from '@hono/zod-openapi';
import { createRoute, declaredRoutes, router } from './router.ts';

describe('what keeps an app from starting', () => {
  it('AUTHZ-01: a route that does not say who may use it', () => {
    const app = router();
    app.use('*', (_, next) => next());
    expect(declaredRoutes(app)).toEqual([]);
    app.get('/open', (c) => c.text('hello'));
    expect(() => declaredRoutes(app)).toThrow('These routes do not say who may use them: GET /open');
    const forAll = router();
    forAll.use('*', (_, next) => next());
    forAll.all('/*', (c) => c.text('hello'));
    expect(() => declaredRoutes(forAll)).toThrow('These routes do not say who may use them: ALL /*');
    const undeclared = { method: 'get', path: '/x', responses: { 200: { description: 'x' } } } as never;
    expect(() => router().openapi(undeclared, (() => new Response()) as never)).toThrow(
      'GET /x does not say who may use it',
    );
  });

  it('AUTHZ-06: a route whose request would drop unknown fields', () => {
    const loose = createRoute({
      method: 'post',
      path: '/loose',
      access: { actor: 'anonymous' },
      request: { body: { content: { 'application/json': { schema: z.object({ a: z.array(z.strictObject({})) }) } } } },
      responses: { 204: { description: 'x' } },
    });
    expect(() => router().openapi(loose, (c) => c.body(null, 204))).toThrow(
      'POST /loose would take fields it does not know',
    );
  });
});
