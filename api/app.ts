import type { OpenAPIHono } from '@hono/zod-openapi';
import { createHashing, type Hashing } from './people/auth/hashing.ts';
import { createIdentify } from './people/auth/identity.ts';
import { createSessionCookie } from './people/auth/cookie.ts';
import { createThrottle } from './people/auth/throttle.ts';
import { codecRoutes } from './operation/codec.ts';
import { API_PREFIX } from './contracts/prefix.ts';
import type { ApiEnv, Parts } from './http/context.ts';
import { answerFailure, createFailureAnswer } from './http/failures.ts';
import { healthRoutes } from './operation/health.ts';
import { createCsrf } from './http/middleware/csrf.ts';
import { createRequestHash } from './http/idempotency.ts';
import { edge } from './http/middleware/edge.ts';
import { createGate } from './http/middleware/gate.ts';
import { originsOf } from './http/middleware/origins.ts';
import { metricsRoutes } from './operation/metrics.ts';
import { referenceRoutes } from './operation/openapi.ts';
import { pageRoutes } from './operation/pages.ts';
import { Problem, notFound } from './http/problem.ts';
import { declaredRoutes, router, type DeclaredRoute } from './http/router.ts';
import { accountLinkRoutes } from './people/account-links.ts';
import { apiKeyRoutes } from './people/api-keys.ts';
import { auditRoutes } from './desk/audit.ts';
import { diagnoseRoutes } from './licenses/diagnose/diagnose.ts';
import { gatewayRoutes } from './money/gateways.ts';
import { incidentRoutes } from './desk/incidents.ts';
import { invoiceRoutes } from './money/invoices.ts';
import { licenseListRoutes } from './licenses/licenses.ts';
import { meRoutes } from './people/me.ts';
import { nodeRoutes } from './nodes/nodes.ts';
import { orderRoutes } from './orders/orders.ts';
import { panelCredentialRoutes } from './nodes/panel-credentials.ts';
import { panelPasswordRoutes } from './services/panel-password.ts';
import { planRoutes } from './catalog/plans.ts';
import { provisionRoutes } from './orders/provision.ts';
import { recordPaymentRoutes } from './orders/record-payment.ts';
import { secondFactorRoutes } from './people/second-factor.ts';
import { sessionRoutes } from './people/sessions.ts';
import { setupRoutes } from './people/setup.ts';
import { signUpRoutes } from './people/sign-up.ts';
import { taskRoutes } from './desk/tasks.ts';
import { workflowRoutes } from './desk/workflows.ts';
import { describeLicenseCheck } from './licenses/validate.ts';
import { paypalWebhookRoutes } from './money/webhooks/paypal.ts';
import { stripeWebhookRoutes } from './money/webhooks/stripe.ts';
import type { SignInParts } from './people/auth/sign-in.ts';
import type { Csrf } from './http/middleware/csrf.ts';

export interface AppParts extends Parts {
  /** Shared by whoever hashes in this process. */
  hashing?: Hashing;
}
type PersonParts = Parts & SignInParts & { csrf: Csrf };

/** Everything under /api/v2, chained so that the typed client knows it. */
const ourApi = (parts: PersonParts) =>
  router()
    .route('/', signUpRoutes(parts, parts.hashing))
    .route('/', accountLinkRoutes(parts))
    .route('/', sessionRoutes(parts))
    .route('/', meRoutes(parts))
    .route('/', secondFactorRoutes(parts))
    .route('/', setupRoutes(parts, parts))
    .route('/', apiKeyRoutes(parts))
    .route('/', planRoutes(parts))
    .route('/', gatewayRoutes(parts))
    .route('/', orderRoutes(parts))
    .route('/', invoiceRoutes(parts))
    .route('/', provisionRoutes(parts))
    .route('/', recordPaymentRoutes(parts))
    .route('/', panelPasswordRoutes(parts))
    .route('/', licenseListRoutes(parts))
    .route('/', diagnoseRoutes(parts))
    .route('/', nodeRoutes(parts))
    .route('/', panelCredentialRoutes(parts))
    .route('/', incidentRoutes(parts))
    .route('/', taskRoutes(parts))
    .route('/', workflowRoutes(parts))
    .route('/', auditRoutes(parts));

/** For `hc<Api>`: the shape of what is under /api/v2. */
export type Api = ReturnType<typeof ourApi>;

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
  const requestHash = createRequestHash(config.SESSION_SECRET);
  const gate = createGate({ identify, csrf, limiter });
  const person: PersonParts = {
    ...parts,
    cookie,
    csrf,
    hashing: parts.hashing ?? createHashing(),
    throttle: createThrottle(orm, log, config.SESSION_SECRET),
  };

  const app = router();
  app.onError(createFailureAnswer(parts));
  app.use('*', edge({ gate, requestHash, origins, trustedProxies: config.TRUSTED_PROXIES, clock, log }));
  app
    .route(API_PREFIX, ourApi(person))
    .route('/', stripeWebhookRoutes(parts))
    .route('/', paypalWebhookRoutes(parts))
    .route('/', codecRoutes(parts, identify))
    .route('/', healthRoutes(parts))
    .route('/', metricsRoutes(parts))
    .route('/', referenceRoutes(app, parts, identify))
    .route('/', pageRoutes(config.UI_DIR, log));

  // Served apart from the rest, described with it.
  describeLicenseCheck(app);
  const routes = declaredRoutes(app);
  app.notFound((c) => answerFailure(unknown(routes, c.req.method, c.req.path), c));
  return { app: app as OpenAPIHono<ApiEnv>, routes };
}

/** What a server must know (RFC 9110); any other method is refused wherever it is asked for. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A path that has other methods is no missing path. */
function unknown(routes: readonly DeclaredRoute[], method: string, path: string): Problem {
  const methods = routes.flatMap((route) =>
    route.path !== '/*' && route.method !== method && patternOf(route.path).test(path) ? [route.method] : [],
  );
  if (methods.length === 0 && METHODS.has(method)) return method === 'GET' ? notFound('page') : notFound('route');
  // Every address has at least a page that says there is none.
  const known = methods.length > 0 ? methods : ['GET'];
  const allow = [...new Set(known.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])))].join(', ');
  return new Problem(405, 'method_not_allowed', `Here there is ${allow}.`, { headers: { allow } });
}

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/:[^/]+/g, '[^/]+')}/?$`);
