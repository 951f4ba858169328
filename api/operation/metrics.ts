import { register } from 'prom-client';
import { createRoute, router } from '../http/router.ts';

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  hide: true,
  access: { actor: 'staff', permission: 'reports.read' },
  responses: { 200: { description: 'In the text form of Prometheus' } },
});

/** Not public (OPS-01): a scraper sends an API key with the one scope `reports.read`. */
export const metricsRoutes = () =>
  router().openapi(metrics, async (c) =>
    c.body(await register.metrics(), 200, { 'content-type': register.contentType }),
  );
