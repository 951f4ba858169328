import { register } from 'prom-client';
import { asStaff } from '#db/acting.ts';
import type { Parts } from '../http/context.ts';
import { createRoute, router } from '../http/router.ts';
import { measureGateways } from '../money/gateway-figures.ts';
import { measureNodes } from '../nodes/node-figures.ts';

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  hide: true,
  access: { actor: 'staff', permission: 'reports.read' },
  responses: { 200: { description: 'In the text form of Prometheus' } },
});

/** Not public (OPS-01): a scraper sends an API key with the one scope `reports.read`. */
export const metricsRoutes = ({ orm, config }: Pick<Parts, 'orm' | 'config'>) =>
  router().openapi(metrics, async (c) => {
    await asStaff(orm, async (em) => {
      await measureNodes(em, c.get('asOf'));
      await measureGateways(em, config);
    });
    return c.body(await register.metrics(), 200, { 'content-type': register.contentType });
  });
