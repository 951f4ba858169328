import type { KeyObject } from 'node:crypto';
import pg from 'pg';
import { newId } from '#domain/ids.ts';
import { licenseKeyHash } from '#db/licenses/license-keys.ts';
import { panelSecretPlace } from '#db/secrets/panel-credentials.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import {
  FEATURES,
  gaugeOf,
  isSuspended,
  keyOf,
  PANELS,
  panelIdOf,
  panelOf,
  panelSecretOf,
  quotaOf,
} from './licenses.ts';

export interface SeedParts {
  /** Of a superuser: licenses are written without the orders behind them, which nothing here reads. */
  superuserUrl: string;
  pepper: KeyObject;
  sealer: Sealer;
  licenses: number;
}

const BATCH = 10_000;

/** Fills an empty database with panels, their nodes, and licenses with their quotas. */
export async function seedLicenses({ superuserUrl, pepper, sealer, licenses }: SeedParts): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into node (id, name, panel, base_url, credentials, credentials_changed_at, capacity, created_at)
       select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench-' || n, 'nextpanel',
         'https://panel.example', '', now(), 1000, now() from generate_series(0, $1::integer - 1) n`,
      [PANELS],
    );
    const credentials = Array.from({ length: PANELS }, (_, panel) => {
      const id = newId();
      return { id, keyId: panelIdOf(panel), secret: sealer.seal(panelSecretOf(panel), panelSecretPlace(id)) };
    });
    await client.query(
      `insert into panel_credential (id, key_id, node_id, secret, created_at)
       select c.id, c.key_id, ('00000000-0000-7000-8000-' || lpad(to_hex(c.n - 1), 12, '0'))::uuid, c.secret, now()
       from unnest($1::uuid[], $2::text[], $3::bytea[]) with ordinality c (id, key_id, secret, n)`,
      [credentials.map(({ id }) => id), credentials.map(({ keyId }) => keyId), credentials.map(({ secret }) => secret)],
    );
    for (let from = 0; from < licenses; from += BATCH) {
      const numbers = Array.from({ length: Math.min(BATCH, licenses - from) }, (_, i) => from + i);
      await client.query(
        `insert into license (id, customer_id, service_id, plan_id, key_hash, key_sealed, key_hint, status, node_id, issued_at, expires_at)
         select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), l.hash, '', 'NP-…', l.status,
           ('00000000-0000-7000-8000-' || lpad(to_hex(l.panel), 12, '0'))::uuid, now(), now() + interval '1 month'
         from unnest($1::bytea[], $2::text[], $3::integer[]) l (hash, status, panel)`,
        [
          numbers.map((license) => licenseKeyHash(pepper, keyOf(license))),
          numbers.map((license) => (isSuspended(license) ? 'suspended' : 'active')),
          numbers.map(panelOf),
        ],
      );
      for (const [feature, name] of FEATURES.entries()) {
        await client.query(
          `insert into license_quota (license_id, customer_id, feature, quota, gauge)
           select l.id, l.customer_id, $1, $2, q.gauge from unnest($3::bytea[], $4::integer[]) q (hash, gauge)
           join license l on l.key_hash = q.hash`,
          [
            name,
            quotaOf(feature),
            numbers.map((license) => licenseKeyHash(pepper, keyOf(license))),
            numbers.map((license) => gaugeOf(license, feature)),
          ],
        );
      }
    }
    await client.query('vacuum analyze license');
    await client.query('vacuum analyze license_quota');
    await client.query('analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}
