import { z } from '@hono/zod-openapi';
import type { Orm } from '#db/orm.ts';
import type { Parts } from '../http/context.ts';
import { Instant, json } from '../contracts/common.ts';
import { isLoopback } from '../http/middleware/network.ts';
import { createRoute, router } from '../http/router.ts';
import { VERSION } from './version.ts';

const Health = z.strictObject({ status: z.literal('alive') }).meta({ id: 'Health' });
const State = z.enum(['ok', 'away']);
const Readiness = z
  .strictObject({
    status: z.enum(['ready', 'degraded']),
    dependencies: z
      .strictObject({ database: State, temporal: State })
      .optional()
      .meta({ description: 'Told on this machine, and outside production' }),
  })
  .meta({ id: 'Readiness' });

const alive = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['Operation'],
  summary: 'The process answers',
  access: { actor: 'machine' },
  security: [],
  responses: { 200: { description: 'Alive', content: json(Health) } },
});
const ready = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['Operation'],
  summary: 'It can do its work',
  description: 'Without Temporal it still takes orders, which then wait, and answers about licenses.',
  access: { actor: 'machine' },
  security: [],
  responses: {
    200: { description: 'Ready, or degraded without Temporal', content: json(Readiness) },
    503: { description: 'Degraded: no database', content: json(Readiness) },
  },
});

/** What older systems and scripts ask. Source: the NextPanel contract, part C. */
const General = z
  .strictObject({
    status: z.enum(['healthy', 'degraded']),
    version: z.string(),
    database: z.enum(['connected', 'unreachable']),
    temporal: z.enum(['connected', 'unreachable']),
    timestamp: Instant,
  })
  .meta({ id: 'GeneralHealth' });
const general = createRoute({
  method: 'get',
  path: '/health',
  tags: ['Operation'],
  summary: 'All parts it needs are there',
  description:
    'For people and older scripts. A replica that is only without Temporal is still worth asking: `/readyz`.',
  access: { actor: 'machine' },
  security: [],
  responses: {
    200: { description: 'Healthy', content: json(General) },
    503: { description: 'The database or the workflow engine is not reached', content: json(General) },
  },
});

const CHECK_MS = 1_000;

/** A probe's answer is kept a second, so that many probes are one question. */
function probe(ask: () => Promise<unknown>): () => Promise<'ok' | 'away'> {
  let last: { at: number; state: Promise<'ok' | 'away'> } | undefined;
  return () => {
    const now = performance.now();
    if (!last || now - last.at > CHECK_MS) {
      const late = AbortSignal.timeout(CHECK_MS);
      const answer = Promise.race([
        ask(),
        new Promise((_, reject) => late.addEventListener('abort', () => reject(late.reason as Error))),
      ]);
      last = { at: now, state: answer.then(() => 'ok' as const).catch(() => 'away' as const) };
    }
    return last.state;
  };
}

const askDatabase = (orm: Orm) => orm.em.fork().execute('select 1');

export const healthRoutes = ({ orm, temporal, config }: Pick<Parts, 'orm' | 'temporal' | 'config'>) => {
  const database = probe(() => askDatabase(orm.api));
  const workflows = probe(() => temporal.ping());
  const ask = async () => {
    const [db, tp] = await Promise.all([database(), workflows()]);
    return { db, tp, allThere: db === 'ok' && tp === 'ok' };
  };
  return router()
    .openapi(alive, (c) => c.json({ status: 'alive' as const }, 200))
    .openapi(ready, async (c) => {
      const { db, tp, allThere } = await ask();
      const tell = config.NODE_ENV !== 'production' || isLoopback(c.get('network'));
      const body = {
        status: allThere ? ('ready' as const) : ('degraded' as const),
        ...(tell && { dependencies: { database: db, temporal: tp } }),
      };
      return db === 'ok' ? c.json(body, 200) : c.json(body, 503);
    })
    .openapi(general, async (c) => {
      const { db, tp, allThere } = await ask();
      const body = {
        status: allThere ? ('healthy' as const) : ('degraded' as const),
        version: VERSION,
        database: db === 'ok' ? ('connected' as const) : ('unreachable' as const),
        temporal: tp === 'ok' ? ('connected' as const) : ('unreachable' as const),
        timestamp: c.get('asOf').toISOString(),
      };
      return allThere ? c.json(body, 200) : c.json(body, 503);
    });
};
