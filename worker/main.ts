import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { Registry } from 'prom-client';
import { createCallCounter } from '#activities/nodes/count-calls.ts';
import type { AllParts } from '#activities/index.ts';
import { createSmtpMailer } from '#activities/mailers/smtp/adapter.ts';
import { createRelay } from '#api/messages/relay.ts';
import { createWorkflowSender } from '#api/messages/workflow-sender.ts';
import { licensePepper } from '#db/licenses/license-keys.ts';
import { openOrm } from '#db/orm.ts';
import { createSealer, derive } from '#db/secrets/seal.ts';
import { GATEWAY_CONFIGURATION } from '#domain/configuration/gateways/gateways.ts';
import { readConfiguration, type WorkerConfiguration } from '#domain/configuration/configuration.ts';
import { olderNamesIn } from '#domain/configuration/older-names.ts';
import { GATEWAYS } from '#domain/vendors.ts';
import { loadedDataConverter } from '#temporal-config/payload-codec.ts';
import { headExportOf, startHeadExport } from './audit-heads.ts';
import { startAuditSequencer } from './audit-sequencer.ts';
import { createWorker } from './create-worker.ts';
import { createExecutions } from './executions.ts';
import { serveHealth } from './health.ts';
import { createLog, temporalLog } from './log.ts';
import { ensureGatewayWatches, ensureSchedules } from './schedules.ts';
import { assertSafeStart } from './start-check.ts';
import { startCallCounting } from './call-counting.ts';
import { createBreakerGauge, createCallRecorder } from './vendor-calls.ts';
import { createCertificates, createGateways, createPanels, openGateways } from './vendors.ts';

export interface StartOptions {
  bundle?: WorkflowBundleOption | undefined;
  /** What a test lets go wrong around the activities, and around the vendors they call. */
  wrap?: (<T extends object>(activities: T) => T) | undefined;
  around?: ((parts: AllParts) => AllParts) | undefined;
  /** What adapters take for now; the machine's unless told. Workflows bring their own. */
  clock?: () => Date;
  /** Whether this worker sees to the schedules; it does unless told. Where time is virtual they would run by real time. */
  schedules?: boolean;
}

/**
 * Wires everything together from the environment.
 * @returns the running parts, for `main` and for tests
 * @throws Error where production would not be safe, before anything else is touched
 */
export async function startWorker(config: WorkerConfiguration, options: StartOptions = {}) {
  const log = createLog(config.LOG_LEVEL);
  const kept = headExportOf(config, log);
  const orm = await openOrm(config.DATABASE_WORKER_URL, config.DATABASE_POOL);
  try {
    await assertSafeStart(config, orm);
  } catch (error) {
    await orm.close(true);
    throw error;
  }
  const connection = await NativeConnection.connect({
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_TLS ? { tls: true } : {}),
    ...(config.TEMPORAL_API_KEY ? { apiKey: config.TEMPORAL_API_KEY } : {}),
  });
  const client = new Client({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: loadedDataConverter(config.TEMPORAL_PAYLOAD_KEYS),
  });
  const sealer = createSealer(config.SEAL_KEYS);
  const registry = new Registry();
  const record = createCallRecorder(log, registry);
  const mailer = createSmtpMailer({
    record,
    host: config.SMTP_HOST,
    port: config.SMTP_PORT,
    secure: config.SMTP_SECURE,
    user: config.SMTP_USER,
    pass: config.SMTP_PASSWORD,
    from: config.MAIL_FROM,
  });
  const counter = createCallCounter(orm, options.clock ?? (() => new Date()));
  await counter.flush();
  const gateways = openGateways(config, { log, record, clock: options.clock ?? (() => new Date()) });
  const parts: AllParts = {
    orm,
    sealer,
    gateways: createGateways(gateways),
    panels: createPanels(config, sealer, {
      record,
      onLeftAlone: createBreakerGauge(registry),
      counter,
      clock: options.clock,
    }),
    certificates: createCertificates(gateways),
    livemode: (gateway) => GATEWAY_CONFIGURATION[gateway].isLive(config),
    mailer,
    executions: createExecutions(client),
    settings: {
      env: config.HOSTWRIGHT_ENV,
      publicUrl: config.PUBLIC_URL.replace(/\/$/, ''),
      billingZone: config.BILLING_ZONE,
      sellerName: config.SELLER_NAME,
      mailDomain: config.MAIL_FROM.replace(/^.*@|>$/g, ''),
      licensePepper: licensePepper(config.LICENSE_PEPPER),
      licenseKeyForm: config.LICENSE_KEY_FORM,
      linkKey: derive(config.SEAL_KEYS[0]!.key, 'one-time-link'),
    },
  };
  const worker = await createWorker({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: config.TASK_QUEUE,
    payloadKeys: config.TEMPORAL_PAYLOAD_KEYS,
    log,
    bundle: options.bundle,
    ...(options.wrap ? { wrap: options.wrap } : {}),
    parts: options.around?.(parts) ?? parts,
  });
  // What activities start and tell goes out from here, also while no API is running.
  const temporal = createWorkflowSender(client, config.TASK_QUEUE);
  const relay = createRelay({ orm, temporal, clock: () => new Date(), log });
  relay.start();
  const sequencer = startAuditSequencer(orm, log);
  const counting = startCallCounting(counter, log);
  const heads = kept && startHeadExport(orm, log, kept);
  if (options.schedules ?? true) {
    await ensureSchedules(client, config.TASK_QUEUE);
    const [on, off] = [true, false].map((is) => GATEWAYS.filter((name) => gateways.has(name) === is));
    await ensureGatewayWatches(client, config.TASK_QUEUE, { on: on!, off: off! });
  }
  const health = config.WORKER_PORT
    ? serveHealth({ port: config.WORKER_PORT, orm, registry, running: () => worker.getState() === 'RUNNING' })
    : undefined;
  log.info({ taskQueue: config.TASK_QUEUE }, 'worker is ready');
  return {
    worker,
    log,
    async close() {
      health?.close();
      await relay.stop();
      await sequencer.stop();
      await heads?.stop();
      await counting.stop();
      mailer.close();
      await orm.close(true);
      await connection.close();
    },
  };
}

/** The process: runs until it is told to stop, or until whoever started it is gone. */
export async function main(options: StartOptions = {}): Promise<void> {
  const config = readConfiguration('worker', process.env);
  Runtime.install({
    shutdownSignals: [],
    logger: temporalLog(createLog(config.LOG_LEVEL)),
    telemetryOptions: { logging: { forward: {} } },
  });
  const bundle = config.WORKFLOW_BUNDLE ? { codePath: config.WORKFLOW_BUNDLE } : undefined;
  const { worker, log, close } = await startWorker(config, { bundle, ...options });
  for (const sentence of olderNamesIn(process.env)) log.warn(sentence);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      // What state we are in nobody knows: end, and be started again.
      process.exit(1);
    });
  }
  const stop = () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);
  await worker.run();
  await close();
  // Listening to whoever started us would keep us alive.
  process.off('disconnect', stop);
  log.info('worker has stopped');
}

if (import.meta.main) await main();
