import { serve } from '@hono/node-server';
import { Hono } from 'hono';

/** The least a Hono server can do with a JSON question: read it and answer in JSON. */
const app = new Hono().post('/api/v1/licenses/validate', async (c) => {
  const { feature } = await c.req.json<{ license_key: string; feature: string }>();
  return c.json({ valid: feature !== '', remaining_quota: 5, error: null });
});
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
