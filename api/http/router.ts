import { createRoute as declareRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { Access, RouteRules } from './access.ts';
import type { ApiContext, ApiEnv } from './context.ts';
import { ProblemBody } from '../contracts/common.ts';
import type { LimitName } from './middleware/limits.ts';
import { invalid } from './problem.ts';
import { assertStrict } from './strict.ts';

const RULES = Symbol('rules');
type Guard = MiddlewareHandler<ApiEnv> & { [RULES]?: RouteRules };

type Declaration = Omit<RouteConfig, 'path'> & {
  access: Access;
  limit?: LimitName;
  bodyLimit?: number;
  /** How a `machine` shows who it is, before a byte of its body is read. @throws Problem */
  prove?: (c: ApiContext) => Promise<void>;
};

/**
 * Declares a route. Refusals are `Problem`s thrown by the handler, so `responses` names the good answers,
 * and those refusals a client should expect by `description` alone.
 */
export function createRoute<P extends string, R extends Declaration & { path: P }>(route: R) {
  const responses = {
    ...route.responses,
    default: {
      description: 'Refused; `code` says why',
      content: { 'application/problem+json': { schema: ProblemBody } },
    },
  };
  const { access } = route;
  const security = access.actor === 'anonymous' ? [] : undefined;
  return declareRoute<P, R>({ ...route, responses, 'x-access': access, ...(security && { security }) } as R);
}

/** Makes routes that are all guarded by what they declare, and answer every invalid request alike. */
export function router() {
  const app = new OpenAPIHono<ApiEnv>({
    strict: false,
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.target as 'json', result.error);
    },
  });
  const open = app.openapi;
  const guarded = (declared: RouteConfig & Partial<Declaration>, ...rest: unknown[]) => {
    const { access, limit, bodyLimit, prove, ...route } = declared;
    const name = `${route.method.toUpperCase()} ${route.path}`;
    if (!access)
      throw new Error(`${name} does not say who may use it. Declare it with createRoute of api/http/router.ts.`);
    assertStrict(name, route.request?.query);
    const content = route.request?.body?.content ?? {};
    for (const media of Object.values(content))
      assertStrict(name, media && 'schema' in media ? media.schema : undefined);
    const takesJson = Object.keys(content).some((type) => /json/i.test(type));
    const rules: RouteRules = {
      access,
      ...(limit && { limit }),
      ...(bodyLimit && { bodyLimit }),
      json: takesJson && access.actor !== 'panel' && access.actor !== 'gateway',
      needsBody: takesJson && route.request?.body?.required === true,
    };
    const guard: Guard = async (c, next) => {
      await prove?.(c);
      await c.get('gate').admit(c, rules);
      await next();
    };
    guard[RULES] = rules;
    const own = route.middleware ? [route.middleware].flat() : [];
    return (open as (...args: unknown[]) => unknown)({ ...route, middleware: [guard, ...own] }, ...rest);
  };
  app.openapi = guarded as typeof app.openapi;
  return app;
}
export type Router = ReturnType<typeof router>;

export interface DeclaredRoute {
  method: string;
  path: string;
  rules: RouteRules;
}

/**
 * Every route of an app with its declaration.
 * @throws Error naming each that was added without one: such an app must not start
 */
export function declaredRoutes(app: OpenAPIHono<ApiEnv>): DeclaredRoute[] {
  const known = new Map<string, DeclaredRoute | undefined>();
  for (const [at, { method, path, handler }] of app.routes.entries()) {
    // The edge, which every request passes first; anything else for all methods would be a route without a guard.
    if (at === 0 && method === 'ALL' && path === '/*') continue;
    const rules = (handler as Guard)[RULES];
    const name = `${method} ${path}`;
    // The guard is the first handler of its route; whatever comes before it would run unguarded.
    if (!known.has(name)) known.set(name, rules && { method, path, rules });
  }
  const open = [...known].filter(([, declared]) => !declared).map(([name]) => name);
  if (open.length > 0) {
    throw new Error(
      `These routes do not say who may use them: ${open.join(', ')}. Declare them with createRoute of api/http/router.ts.`,
    );
  }
  return [...known.values()] as DeclaredRoute[];
}
