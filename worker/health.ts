import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { Orm } from '#db/orm.ts';

export interface HealthParts {
  port: number;
  orm: Orm;
  /** Has the figures of what else the worker counts. */
  registry: Registry;
  /** Whether the worker takes tasks. */
  running: () => boolean;
}

/** `/health/ready` for whoever supervises the worker, `/metrics` for Prometheus; on loopback only. */
export function serveHealth({ port, orm, registry, running }: HealthParts): { close(): void } {
  collectDefaultMetrics({ register: registry });
  const incidents = new Gauge({
    name: 'hostwright_incidents_open',
    help: 'Parked steps that wait for a person',
    registers: [registry],
  });
  const app = new Hono();
  app.get('/health/ready', async (c) => {
    try {
      await orm.em.fork().execute('select 1');
    } catch {
      return c.json({ status: 'degraded', reason: 'the database does not answer' }, 503);
    }
    return running()
      ? c.json({ status: 'ok' })
      : c.json({ status: 'degraded', reason: 'the worker is starting or stopping' }, 503);
  });
  app.get('/metrics', async (c) => {
    const [row] = await orm.em.fork().execute<
      { open: string }[]
    >(`select count(*) as open from incident i where status = 'open'
           and not exists (select 1 from incident p where p.id = i.parent_id and p.status = 'open')`);
    incidents.set(Number(row!.open));
    return c.text(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
  return {
    close: () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}
