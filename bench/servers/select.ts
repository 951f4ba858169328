import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import pg from 'pg';
import { licenseKeyHash, licensePepper } from '#db/licenses/license-keys.ts';

/** What one would write first: hash the key, look the license up by one prepared statement, answer. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_LICENSE_URL, max: 4 });
const pepper = licensePepper(process.env.LICENSE_PEPPER!);
const SELECT = {
  name: 'validate',
  text: `select l.status, l.expires_at > now() as running, f.quota, f.gauge + f.held as used
         from license l left join license_quota f on f.license_id = l.id and f.feature = $2 where l.key_hash = $1`,
};
interface Row {
  status: string;
  running: boolean;
  quota: number;
  used: number;
}

const app = new Hono().post('/api/v1/licenses/validate', async (c) => {
  const { license_key: key, feature } = await c.req.json<{ license_key: string; feature: string }>();
  const { rows } = await pool.query<Row>({ ...SELECT, values: [licenseKeyHash(pepper, key), feature] });
  const row = rows[0];
  const valid = row?.status === 'active' && row.running && row.used < row.quota;
  return c.json({ valid, remaining_quota: valid ? row.quota - row.used : null, error: valid ? null : 'refused' });
});
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
