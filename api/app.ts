import type { OpenAPIHono } from '@hono/zod-openapi';
import { createHashing, type Hashing } from './auth/hashing.ts';
import { createIdentify } from './auth/identity.ts';
import { createSessionCookie } from './auth/cookie.ts';
import { createThrottle } from './auth/throttle.ts';
import { codecRoutes } from './codec.ts';
import type { ApiEnv, Parts } from './context.ts';
import { answerFailure } from './failures.ts';
import { healthRoutes } from './health.ts';
import { createCsrf } from './middleware/csrf.ts';
import { edge } from './middleware/edge.ts';
import { createGate } from './middleware/gate.ts';
import { originsOf } from './middleware/origins.ts';
import { metricsRoutes } from './metrics.ts';
import { referenceRoutes } from './openapi.ts';
import { pageRoutes } from './pages.ts';
import { Problem, notFound } from './problem.ts';
import { declaredRoutes, router, type DeclaredRoute } from './router.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { diagnoseRoutes } from './routes/diagnose.ts';
import { gatewayRoutes } from './routes/gateways.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { licenseListRoutes } from './routes/licenses-list.ts';
import { meRoutes } from './routes/me.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { orderRoutes } from './routes/orders.ts';
import { panelCredentialRoutes } from './routes/panel-credentials.ts';
import { panelPasswordRoutes } from './routes/panel-password.ts';
import { planRoutes } from './routes/plans.ts';
import { provisionRoutes } from './routes/provision.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { setupRoutes } from './routes/setup.ts';
import { signUpRoutes } from './routes/sign-up.ts';
import { taskRoutes } from './routes/tasks.ts';
import { describeLicenseCheck } from './routes/validate.ts';
import { paypalWebhookRoutes } from './routes/webhooks/paypal.ts';
import { stripeWebhookRoutes } from './routes/webhooks/stripe.ts';
import type { SignInParts } from './auth/sign-in.ts';
import type { Csrf } from './middleware/csrf.ts';

export interface AppParts extends Parts {
  /** Shared by whoever hashes in this process. */
  hashing?: Hashing;
}
type PersonParts = Parts & SignInParts & { csrf: Csrf };

/** Everything under /api/v1, chained so that the typed client knows it. */
const versionOne = (parts: PersonParts) =>
  router()
    .route('/', signUpRoutes(parts, parts.hashing))
    .route('/', sessionRoutes(parts))
    .route('/', meRoutes(parts))
    .route('/', setupRoutes(parts, parts))
    .route('/', apiKeyRoutes(parts))
    .route('/', planRoutes(parts))
    .route('/', gatewayRoutes(parts))
    .route('/', orderRoutes(parts))
    .route('/', invoiceRoutes(parts))
    .route('/', provisionRoutes(parts))
    .route('/', panelPasswordRoutes(parts))
    .route('/', licenseListRoutes(parts))
    .route('/', diagnoseRoutes(parts))
    .route('/', nodeRoutes(parts))
    .route('/', panelCredentialRoutes(parts))
    .route('/', incidentRoutes(parts))
    .route('/', taskRoutes(parts))
    .route('/', auditRoutes(parts));

/** For `hc<Api>`: the shape of what is under /api/v1. */
export type Api = ReturnType<typeof versionOne>;

/**
 * Puts the API together; opens and starts nothing.
 * @throws Error when a route does not say who may use it (AUTHZ-01)
 */
export function createApp(parts: AppParts) {
  const { config, orm, log, clock, limiter } = parts;
  const origins = originsOf(config.PUBLIC_URL);
  const cookie = createSessionCookie(origins.plainLoopback);
  const csrf = createCsrf(config.SESSION_SECRET, origins);
  const identify = createIdentify(orm, cookie);
  const gate = createGate({ identify, csrf, limiter });
  const person: PersonParts = {
    ...parts,
    cookie,
    csrf,
    hashing: parts.hashing ?? createHashing(),
    throttle: createThrottle(orm, log),
  };

  const app = router();
  app.onError(answerFailure);
  app.use('*', edge({ gate, origins, trustedProxies: config.TRUSTED_PROXIES, clock, log }));
  app
    .route('/api/v1', versionOne(person))
    .route('/', stripeWebhookRoutes(parts))
    .route('/', paypalWebhookRoutes(parts))
    .route('/', codecRoutes(parts, identify))
    .route('/', healthRoutes(parts))
    .route('/', metricsRoutes())
    .route('/', referenceRoutes(app, parts, identify))
    .route('/', pageRoutes(config.UI_DIR, log));

  // Served apart from the rest, described with it.
  describeLicenseCheck(app);
  const routes = declaredRoutes(app);
  app.notFound((c) => answerFailure(unknown(routes, c.req.method, c.req.path), c));
  return { app: app as OpenAPIHono<ApiEnv>, routes };
}

/** A path that has other methods is no missing path. */
function unknown(routes: readonly DeclaredRoute[], method: string, path: string): Problem {
  const methods = routes
    .filter((route) => route.path !== '/*' && route.method !== method && patternOf(route.path).test(path))
    .map((route) => route.method);
  if (methods.length === 0) return notFound('route');
  const allow = [...new Set(methods)].join(', ');
  return new Problem(405, 'method_not_allowed', `Here there is ${allow}.`, { headers: { allow } });
}

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/:[^/]+/g, '[^/]+')}/?$`);
