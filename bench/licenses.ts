import { randomBytes } from 'node:crypto';
import { licensePepper } from '#db/licenses/license-keys.ts';
import { createSealer } from '#db/secrets/seal.ts';
import type { Harness } from './harness.ts';
import type { Load, LoadReport } from './load/main.ts';
import { seedLicenses } from './seeds/seed-licenses.ts';

export const LICENSES = 100_000;
export const CONNECTIONS = 64;
export const HOST = 'billing.example';
export type Contender = 'bare' | 'select' | 'product';

const base64 = () => randomBytes(32).toString('base64');

/** So many licenses in a database, and the servers named: baselines, and the product as in production. */
export async function openLicenseServers(harness: Harness, contenders: readonly Contender[], licenses = LICENSES) {
  const database = await harness.database();
  const pepper = base64();
  const sealKey = base64();
  harness.say(`seeding ${licenses} licenses`);
  await seedLicenses({
    superuserUrl: database.superuserUrl,
    pepper: licensePepper(pepper),
    sealer: createSealer([{ id: 'bench', key: Buffer.from(sealKey, 'base64') }]),
    licenses,
  });

  const own = { DATABASE_LICENSE_URL: database.url('license'), LICENSE_PEPPER: pepper };
  const product = {
    ...own,
    DATABASE_API_URL: database.url('api'),
    // Nobody listens there: license checks work with Temporal down.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_PAYLOAD_KEYS: `bench:${base64()}`,
    SEAL_KEYS: `bench:${sealKey}`,
    SESSION_SECRET: base64(),
    PUBLIC_URL: `https://${HOST}`,
    // The generator speaks as the proxy would.
    TRUSTED_PROXIES: '127.0.0.1',
    LOG_LEVEL: 'info',
  };
  const ports = {} as Record<Contender, number>;
  for (const name of contenders) {
    ports[name] =
      name === 'product'
        ? await harness.serve(name, 'api/main.ts', product, '/healthz')
        : await harness.serve(name, `bench/servers/${name}.ts`, own);
  }

  const load = (name: Contender, loop: Load['loop']) =>
    harness.run<Load, LoadReport>('bench/load/main.ts', {
      port: ports[name],
      host: HOST,
      connections: CONNECTIONS,
      licenses,
      isProduct: name === 'product',
      loop,
    });
  return {
    load,
    ports,
    ownerUrl: database.ownerUrl,
    /** Until the code that matters is compiled and the rows are in memory. */
    async warmUp(seconds: number) {
      for (const name of contenders) await load(name, { kind: 'closed', seconds, most: seconds * MOST_PER_SECOND });
    },
    closed: (name: Contender, seconds: number) =>
      load(name, { kind: 'closed', seconds, most: name === 'product' ? seconds * MOST_PER_SECOND : 50_000 }),
    open: (name: Contender, rate: number, seconds: number) => load(name, { kind: 'open', rate, seconds }),
  };
}

/** Questions made in advance for one second of a closed loop; more than the product answers. */
const MOST_PER_SECOND = 25_000;
