import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { anyPort } from '#cli/start/processes/ports.ts';
import { inTransaction, openOrm } from '#db/orm.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import { createTestDatabase } from '#db/testing/database.ts';
import { loadedDataConverter } from '#temporal-config/payload-codec.ts';
import { NAMESPACE } from '#temporal-config/search-attributes.ts';
import { TEST_PAYLOAD_KEYS, testSetting } from '#workflows/testing/harness.ts';
import { WORKER_MEMORY } from '#worker/memory.ts';
import { run, type Running } from './processes.ts';
import { addNode } from '#db/testing/seed.ts';
import { startVendors, type Controls } from './vendors.ts';

const secret = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const SEAL_KEYS = [{ id: 'test', key: Buffer.alloc(32, 1) }];

export interface ProductOptions {
  /** Places on the one node; 1000 unless told. */
  capacity?: number;
  /** The way of API and worker to the database, for tests that listen in. */
  through?: (url: string) => string;
  /** Database and Temporal elsewhere, for tests that stop them. */
  databaseUrl?: (role: 'api' | 'worker' | 'license') => string;
  temporalAddress?: string;
  /** The clock of our processes, where it is not the machine's. */
  clock?: () => Date;
}

/** The whole product on simulated vendors: a database of its own, API and worker as processes, real HTTP everywhere. */
export async function openProduct(label: string, options: ProductOptions = {}) {
  const db = await createTestDatabase(label);
  const vendors = await startVendors(options.clock);
  const [apiPort, workerPort] = [await anyPort(), await anyPort()];
  const temporalAddress = options.temporalAddress ?? testSetting('HOSTWRIGHT_TEST_TEMPORAL');
  const through = options.through ?? ((address: string) => address);
  const url = (role: 'api' | 'worker' | 'license') => through((options.databaseUrl ?? db.url)(role));
  const api = `http://localhost:${apiPort}`;
  const environment: Record<string, string> = {
    ...vendors.environment,
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    DATABASE_API_URL: url('api'),
    DATABASE_LICENSE_URL: url('license'),
    DATABASE_WORKER_URL: url('worker'),
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_PAYLOAD_KEYS: `test:${TEST_PAYLOAD_KEYS[0]!.key.toString('base64')}`,
    TASK_QUEUE: db.name,
    SEAL_KEYS: `test:${SEAL_KEYS[0]!.key.toString('base64')}`,
    LICENSE_PEPPER: secret(2),
    SESSION_SECRET: secret(3),
    API_HOST: '127.0.0.1',
    API_PORT: String(apiPort),
    WORKER_PORT: String(workerPort),
    WORKFLOW_BUNDLE: testSetting('HOSTWRIGHT_TEST_BUNDLE'),
    PUBLIC_URL: api,
  };

  const owner = await openOrm(db.ownerUrl, 2);
  const at = new Date();
  await seedCatalog(owner, at);
  const nodeId = await inTransaction(owner, (em) =>
    addNode(em, createSealer(SEAL_KEYS), { baseUrl: vendors.panel.url, capacity: options.capacity ?? 1_000, at }),
  );
  for (const gateway of ['stripe', 'paypal'] as const) {
    await vendors[gateway].call('PUT', '/webhook-target', { url: `${api}/webhooks/${gateway}/main` });
  }
  const connection = await Connection.connect({ address: temporalAddress });
  const temporal = new Client({
    connection,
    namespace: NAMESPACE,
    dataConverter: loadedDataConverter(TEST_PAYLOAD_KEYS),
  });

  const running = new Set<Running>();
  const started = async (program: string, env: Record<string, string>, health: string) => {
    const process = await run(program, env, health);
    running.add(process);
    void process.gone.then(() => running.delete(process));
    return process;
  };
  return {
    db,
    vendors,
    nodeId,
    api,
    temporal,
    environment,
    startApi: () => started('api/main.ts', environment, `${api}/healthz`),
    startWorker: (program = 'worker/main.ts', more: Record<string, string> = {}) =>
      started(program, { ...environment, ...WORKER_MEMORY, ...more }, `http://127.0.0.1:${workerPort}/health/ready`),
    /** API and worker, at once. */
    async kill() {
      await Promise.all([...running].map((process) => process.kill()));
    },
    async close() {
      await Promise.all([...running].map((process) => process.kill()));
      await connection.close();
      await owner.close(true);
      await vendors.close();
      await db.drop();
    },
  };
}
export type Product = Awaited<ReturnType<typeof openProduct>>;

/** Until a query answers something; the test's time-out ends it. */
export async function until<T>(ask: () => Promise<T | undefined | null | false>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    await pause(50);
  }
}

/** Sends a customer's payment through a hosted page, as the page's own button does. */
export async function payOnPage(gateway: 'stripe' | 'paypal', checkoutUrl: string, action = 'pay'): Promise<void> {
  const { origin, searchParams } = new URL(checkoutUrl);
  const [url, form] =
    gateway === 'stripe'
      ? [checkoutUrl, { action }]
      : [`${origin}/checkoutnow/${action}`, { token: searchParams.get('token')! }];
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { accept: 'application/json' },
    redirect: 'manual',
  });
  if (response.status >= 400) throw new Error(`${action} on ${url}: ${response.status} ${await response.text()}`);
}

export type { Controls };
