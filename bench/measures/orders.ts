import { setTimeout as pause } from 'node:timers/promises';
import { interleaved, median, type Finding, type Measure } from '../measure.ts';
import { ACTIVITIES, closedLoop, openShop, residentMiB, type Shop } from '../orders.ts';

const ROUNDS = 5;
const AT_ONCE = 40;
const SECONDS = 8;
const OPEN_SECONDS = 8;
const PER_SECOND = 2;
const ORDERS_BEFORE_RSS = 1_000;

const RATE_NOTE =
  'Processor time per order, read beside the run on the two cores, where an order takes about 250 ms and the baseline 85: 110 the ' +
  'worker (60 of them activities, half of that entities and statements, 23 the workflow sandbox), 70 Temporal (the baseline 50), ' +
  '32 PostgreSQL, 20 simulated vendors and load, 10 the API. Temporal has two workflows, a signal and timers to do instead of one ' +
  'bare workflow. Tried and kept: fewer transactions and joined reads in every step, the two steps on our own rows inside the ' +
  'workflow task, the subscription started through the outbox instead of as a child, one signal for events of a payment that wait ' +
  'together and none for what is booked, the node’s slot taken last, keys of the payload codec as key objects, no search attributes ' +
  'read from the server’s file at every use, nothing imported into the sandbox that is not needed. Tried without gain: a larger ' +
  'young heap. Left: plain SQL instead of entities in the hot steps.';

/** From the webhook's arrival to the moment the row says active, as seen from outside, each poll's 10 ms included. */
async function latencies(shop: Shop): Promise<number[]> {
  const found: Promise<number>[] = [];
  for (let i = 0; i < OPEN_SECONDS * PER_SECOND; i += 1) {
    found.push(
      shop.order().then(async ({ orderId }) => {
        const active = Date.now();
        const [row] = await shop.product.db.sql<{ at: Date }>(
          `select min(w.received_at) as at from webhook_inbox w join payment_attempt a on a.checkout_id = w.checkout_id or a.id = w.attempt_id where a.order_id = $1`,
          [orderId],
        );
        return active - row!.at.getTime();
      }),
    );
    await pause(1_000 / PER_SECOND);
  }
  return Promise.all(found);
}

const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

async function activitiesOf(shop: Shop): Promise<number> {
  const { orderId } = await shop.order();
  const history = await shop.product.temporal.workflow.getHandle(`order/${orderId}`).fetchHistory();
  const events = history.events ?? [];
  // Those inside the workflow task leave a marker instead of a schedule.
  const isActivity = (event: (typeof events)[number]) =>
    event.activityTaskScheduledEventAttributes ??
    event.markerRecordedEventAttributes?.markerName === 'core_local_activity';
  return events.filter(isActivity).length;
}

export default {
  ids: ['order-rate', 'order-latency-p50', 'order-latency-p99', 'order-activities', 'worker-rss', 'api-rss'],
  method:
    `orders placed as the API places them, paid at once on the simulated Stripe page, until the service is active; PostgreSQL ` +
    `durable, Temporal on a file, every vendor simulated over HTTP on the same two cores. *Rate*: ${AT_ONCE} orders at once for ` +
    `${SECONDS} s, divided by a workflow of ${ACTIVITIES} empty activities on the same Temporal, alternating. *Latency*: ${PER_SECOND} ` +
    'orders a second, from the row the webhook made to the row that says active. *Memory*: resident, after a thousand orders.',
  async run(harness) {
    const shop = await openShop(harness);
    try {
      harness.say('warming up');
      await closedLoop(shop.order, AT_ONCE, 10);
      await closedLoop(shop.noop, AT_ONCE, 5);
      let orders = 0;
      const rates = await interleaved(['noop', 'product'] as const, ROUNDS, async (name, round) => {
        const rate = await closedLoop(name === 'noop' ? shop.noop : shop.order, AT_ONCE, SECONDS);
        if (name === 'product') orders += Math.round(rate * SECONDS);
        harness.say(`round ${round + 1} ${name}: ${rate.toFixed(1)}/s`);
        return rate;
      });
      const waits: number[][] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        waits.push(await latencies(shop));
        harness.say(`round ${round + 1} latency: p50 ${percentile(waits.at(-1)!, 0.5)} ms`);
      }
      orders += ROUNDS * OPEN_SECONDS * PER_SECOND;
      const activities: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) activities.push(await activitiesOf(shop));
      while (orders < ORDERS_BEFORE_RSS) orders += Math.round((await closedLoop(shop.order, AT_ONCE, 5)) * 5);
      const memory = async (pid: number) => {
        const values: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          values.push(residentMiB(pid));
          await pause(1_000);
        }
        return values;
      };
      const baseline = `${median(rates.product).toFixed(1)} orders/s, ${median(rates.noop).toFixed(1)} empty workflows/s`;
      const absolute = (id: string, unit: string, must: number, aim: number, rounds: number[]): Finding => ({
        id,
        unit,
        baseline: null,
        must,
        aim,
        rounds,
      });
      return [
        {
          id: 'order-rate',
          unit: '×',
          baseline,
          must: 0.6,
          aim: 0.85,
          rounds: rates.product.map((rate, i) => rate / rates.noop[i]!),
          note: RATE_NOTE,
        },
        absolute(
          'order-latency-p50',
          's',
          1,
          0.5,
          waits.map((wait) => percentile(wait, 0.5) / 1_000),
        ),
        absolute(
          'order-latency-p99',
          's',
          4,
          2,
          waits.map((wait) => percentile(wait, 0.99) / 1_000),
        ),
        absolute('order-activities', 'activities', 8, 6, activities),
        absolute('worker-rss', 'MiB', 400, 250, await memory(shop.pids.worker)),
        absolute('api-rss', 'MiB', 400, 250, await memory(shop.pids.api)),
      ];
    } finally {
      await shop.close();
    }
  },
} satisfies Measure;
