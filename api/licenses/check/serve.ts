import { Hono, type Context } from 'hono';
import type { Registry } from 'prom-client';
import { newId } from '#domain/ids.ts';
import { API_PREFIX } from '#api/contracts/prefix.ts';
import type { ApiEnv } from '#api/http/context.ts';
import { HEADERS } from '#api/http/middleware/edge.ts';
import { addressList } from '#api/http/middleware/network.ts';
import { Problem, unavailable } from '#api/http/problem.ts';
import { createLicenseChecks, type CheckParts } from './check.ts';
import { createLicenseMetrics } from './metrics.ts';
import { createNetworkOf, readQuestion } from './question.ts';

/**
 * The address that panels know, ours, and the two spellings of it in older documents (the NextPanel contract, part
 * D 10). A panel signs the one it asks at.
 */
export const LICENSE_PATHS = [
  '/api/v1/licenses/validate',
  `${API_PREFIX}/licenses/validate`,
  '/api/v1/nextpanel/validate-license',
  '/nextpanel/validate-license',
];

export interface LicenseParts extends CheckParts {
  trustedProxies: readonly string[];
  /** Host names this server answers to, lower-case, with the port. */
  hosts: { has(host: string): boolean };
  metrics: Registry;
}

/**
 * The license question, apart from the rest of the API: mounted before it, with connections, limits and
 * headers of its own, so that it stays fast, and works while everything else does not.
 */
export function licenseRoutes(parts: LicenseParts) {
  const metrics = createLicenseMetrics(parts.metrics);
  const checks = createLicenseChecks(parts, metrics);
  const networkOf = createNetworkOf(addressList(parts.trustedProxies));
  const sayUnknown = createUnknownLog(parts.log, parts.nowMs ?? Date.now);

  const handle = (c: Context<ApiEnv>): Promise<Response> => {
    const done = metrics.start();
    return readQuestion(c, networkOf, parts.hosts).then(checks.check).catch(refusal).finally(done);
  };

  /** A question that is none is the caller's mistake; with anything else we do not know, and say neither yes nor no. */
  function refusal(error: unknown): Response {
    const requestId = newId();
    if (error instanceof Problem) return problemAnswer(error, requestId);
    metrics.unavailable();
    sayUnknown(requestId, error);
    const detail = 'We cannot look at licenses now. Ask again; until then your last answer holds.';
    return problemAnswer(unavailable('license_unknown', detail, 1), requestId);
  }

  const notPost = () =>
    refusal(new Problem(405, 'method_not_allowed', 'Ask with POST.', { headers: { allow: 'POST' } }));
  const app = new Hono<ApiEnv>();
  for (const path of LICENSE_PATHS.flatMap((path) => [path, `${path}/`])) {
    app.post(path, handle);
  }
  // Not `all`: with a second handler for POST, Hono composes a chain for every question.
  app.notFound(notPost);
  return {
    app,
    flush: checks.flush,
    /** Writes what checks have left behind, and closes the connections. */
    close: checks.close,
  };
}
export type LicenseRoutes = ReturnType<typeof licenseRoutes>;

function problemAnswer(problem: Problem, requestId: string): Response {
  const headers = {
    ...Object.fromEntries(HEADERS),
    'content-type': 'application/problem+json',
    'x-request-id': requestId,
    ...problem.headers,
  };
  return new Response(JSON.stringify(problem.body(requestId)), { status: problem.status, headers });
}

/** Once a second is enough to know that the database is away. */
function createUnknownLog(log: CheckParts['log'], nowMs: () => number) {
  let saidAt = -Infinity;
  let unsaid = 0;
  return (requestId: string, error: unknown) => {
    unsaid += 1;
    if (nowMs() - saidAt < 1_000) return;
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    log.error({ requestId, error: what, checks: unsaid }, 'license checks answered with 503');
    saidAt = nowMs();
    unsaid = 0;
  };
}
