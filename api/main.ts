import { register } from 'prom-client';
import { originsOf } from './http/middleware/origins.ts';
import { createLimiter } from './http/middleware/limiter.ts';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { licensePepper } from '#db/licenses/license-keys.ts';
import { openOrm } from '#db/orm.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { createApp } from './app.ts';
import { createSetupToken } from './people/auth/first-staff.ts';
import { createHashing } from './people/auth/hashing.ts';
import { startHousekeeping } from './operation/housekeeping.ts';
import { createLog } from './operation/log.ts';
import { LIMITS, type AllowanceLimits } from './licenses/check/allowances.ts';
import { LICENSE_PATHS, licenseRoutes } from './licenses/check/serve.ts';
import { createRelay } from './messages/relay.ts';
import { serve } from './http/server.ts';
import { assertSafeStart } from './operation/start-check.ts';
import { createTemporal } from './messages/temporal.ts';

const config = readConfiguration('api', process.env);
const log = createLog(config.LOG_LEVEL);
const clock = () => new Date();

const orm = await openOrm(config.DATABASE_API_URL, config.DATABASE_POOL);
await assertSafeStart(config, orm);
const sealer = createSealer(config.SEAL_KEYS);
const temporal = createTemporal(config);
const relay = createRelay({ orm, temporal, clock, log });
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
  metrics: register,
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

if (config.NODE_ENV === 'production') {
  const setup = await createSetupToken(orm, clock());
  // Not through the log, which hides such things: this is the one time it is told.
  if (setup) process.stdout.write(setupNote(setup, config.PUBLIC_URL));
}

let stopping = false;
async function stop(why: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ why }, 'stopping');
  stopHousekeeping();
  await server.stop();
  await relay.stop();
  await licenses.close();
  await temporal.close();
  await orm.close(true);
  process.exit(0);
}
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

function scaled(limits: AllowanceLimits, by: number): AllowanceLimits {
  const { perAccount, perLicense, unknown, refused } = limits;
  return { perAccount: perAccount * by, perLicense: perLicense * by, unknown: unknown * by, refused: refused * by };
}

function setupNote({ token, expiresAt }: { token: string; expiresAt: Date }, publicUrl: string): string {
  return `\nNo administrator exists. Until ${expiresAt.toISOString()}, once, this makes one:\n  POST ${new URL('/api/v2/setup', publicUrl).href} with { "token": "${token}", "email", "name", "password" }\n\n`;
}
