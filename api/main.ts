import { describeInstant } from '#domain/calendar/civil-dates.ts';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { register, type Registry } from 'prom-client';
import { originsOf } from './http/middleware/origins.ts';
import { createLimiter } from './http/middleware/limiter.ts';
import { readConfiguration, type ApiConfiguration } from '#domain/configuration/configuration.ts';
import { licensePepper } from '#db/licenses/license-keys.ts';
import { closeActing, openActing } from '#db/acting.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { createApp } from './app.ts';
import { createSetupToken } from './people/auth/first-staff.ts';
import { createHashing } from './people/auth/hashing.ts';
import { databaseAddresses } from './operation/database-addresses.ts';
import { startHousekeeping } from './operation/housekeeping.ts';
import { olderNamesIn } from '#domain/configuration/older-names.ts';
import { createLog } from './operation/log.ts';
import { LIMITS, type AllowanceLimits } from './licenses/check/allowances.ts';
import { LICENSE_PATHS, licenseRoutes } from './licenses/check/serve.ts';
import { createRelay } from './messages/relay.ts';
import { serve } from './http/server.ts';
import { assertSafeStart } from './operation/start-check.ts';
import { createTemporal } from './messages/temporal.ts';

export interface StartOptions {
  /** The product's now; the machine's unless told. */
  clock?: () => Date;
  /** Around the calls that start workflows and tell them something. */
  interceptors?: WorkflowClientInterceptor[];
  /** Where the figures of this API are counted; those of the process unless told. */
  metrics?: Registry;
}

/**
 * Wires everything together from the environment and listens.
 * @returns the running parts, for `main` and for tests
 * @throws Error where production would not be safe
 */
export async function startApi(
  config: ApiConfiguration,
  { clock = () => new Date(), interceptors = [], metrics = register }: StartOptions = {},
) {
  const log = createLog(config.LOG_LEVEL);
  const orm = await openActing(databaseAddresses(config), config.DATABASE_POOL);
  await assertSafeStart(config, orm);
  const sealer = createSealer(config.SEAL_KEYS);
  const temporal = createTemporal(config, interceptors);
  const relay = createRelay({ orm: orm.api, temporal, clock, log });
  const factor = config.API_LIMIT_FACTOR;

  const { app, routes } = createApp({
    config,
    orm,
    sealer,
    temporal,
    clock,
    log,
    limiter: createLimiter({ factor }),
    hashing: createHashing(),
  });
  const licenses = licenseRoutes({
    databaseUrl: config.DATABASE_LICENSE_URL,
    sealer,
    pepper: licensePepper(config.LICENSE_PEPPER),
    legacySecret: config.LEGACY_LICENSE_SECRET,
    unsignedSources: config.LEGACY_UNSIGNED_SOURCES,
    trustedProxies: config.TRUSTED_PROXIES,
    hosts: originsOf(config.PUBLIC_URL).hosts,
    limits: scaled(LIMITS, factor),
    metrics,
    log,
  });

  const server = await serve({
    app,
    licenses: { fetch: licenses.app.fetch, paths: LICENSE_PATHS },
    host: config.API_HOST,
    port: config.API_PORT,
    log,
  });
  relay.start();
  const stopHousekeeping = startHousekeeping(orm, clock, log);
  log.info({ address: server.address, routes: routes.length }, 'listening');
  return {
    log,
    orm,
    relay,
    async close() {
      stopHousekeeping();
      await server.stop();
      await relay.stop();
      await licenses.close();
      await temporal.close();
      await closeActing(orm);
    },
  };
}

/** The process: serves until it is told to stop, or until whoever started it is gone. */
async function main(): Promise<void> {
  const config = readConfiguration('api', process.env);
  const { log, orm, close } = await startApi(config);
  for (const sentence of olderNamesIn(process.env)) log.warn(sentence);
  if (config.NODE_ENV === 'production') {
    const setup = await createSetupToken(orm, new Date());
    // Not through the log, which hides such things: this is the one time it is told.
    if (setup) process.stdout.write(setupNote(setup, config.PUBLIC_URL));
  }
  let stopping = false;
  const stop = async (why: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    await close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('disconnect', () => void stop('whoever started it is gone'));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      // What state we are in nobody knows: end, and be started again.
      process.exit(1);
    });
  }
}

function scaled(limits: AllowanceLimits, by: number): AllowanceLimits {
  const { perAccount, perLicense, unknown, refused } = limits;
  return { perAccount: perAccount * by, perLicense: perLicense * by, unknown: unknown * by, refused: refused * by };
}

function setupNote({ token, expiresAt }: { token: string; expiresAt: Date }, publicUrl: string): string {
  return `\nNo administrator exists. Until ${describeInstant(expiresAt)}, once, this makes one:\n  POST ${new URL('/api/v2/setup', publicUrl).href} with { "token": "${token}", "email", "name", "password" }\n\n`;
}

if (import.meta.main) await main();
