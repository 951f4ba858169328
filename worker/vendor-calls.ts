import { activityInfo, asyncLocalStorage } from '@temporalio/activity';
import type { Logger } from 'pino';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { CallRecord, RecordCall } from '#activities/http/calls.ts';

/** Bounds in seconds: a panel nearby answers in hundredths, and an account takes up to the time-out of 30. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * One line in the log for each call of a vendor, and its figure. Which try it was is that of the activity: Temporal
 * alone repeats.
 */
export function createCallRecorder(log: Logger, registry: Registry): RecordCall {
  const seconds = new Histogram({
    name: 'hostwright_vendor_call_seconds',
    help: 'Calls of panels, gateways and the mail server, to the last byte of the answer, by class of status',
    labelNames: ['kind', 'vendor', 'name', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  return (call) => {
    const { kind, vendor, name, operation, status, failure, ms } = call;
    seconds.observe({ kind, vendor, name, status: classOf(call) }, ms / 1_000);
    log.info({ kind, vendor, name, operation, status, failure, ms, ...tryOf() }, 'vendor call');
  };
}

/** 2xx to 5xx, or none where no whole answer came. */
const classOf = ({ status, failure }: CallRecord) =>
  status === undefined || (failure && status < 400) ? 'none' : `${Math.floor(status / 100)}xx`;

/** Nothing for what no activity does. */
function tryOf() {
  if (!asyncLocalStorage.getStore()) return {};
  const { activityType: activity, attempt, workflowExecution } = activityInfo();
  return { activity, attempt, workflowId: workflowExecution?.workflowId };
}

/** @returns what keeps for each node whether this worker leaves its server alone after faults in a row */
export function createBreakerGauge(registry: Registry): (node: string, leftAlone: boolean) => void {
  const gauge = new Gauge({
    name: 'hostwright_node_left_alone',
    help: '1 while this worker sends the node nothing but checks, after faults in a row',
    labelNames: ['node'],
    registers: [registry],
  });
  return (node, leftAlone) => gauge.set({ node }, Number(leftAlone));
}
