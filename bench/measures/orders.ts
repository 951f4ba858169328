import { setTimeout as pause } from 'node:timers/promises';
import { interleaved, median, type Finding, type Measure } from '../measure.ts';
import { closedLoop, openShop, residentMiB, type Shop } from '../orders.ts';

const ROUNDS = 5;
const AT_ONCE = 40;
const SECONDS = 8;
const OPEN_SECONDS = 8;
const PER_SECOND = 3;
const ORDERS_BEFORE_RSS = 1_000;
/** Activities of the workflow that says how fast the machine is today, and how many of those it did a second when times were fixed. */
const PACE = { activities: 6, perSecond: 24 };

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
  const workflow = shop.product.temporal.workflow.getHandle(`order/${orderId}`);
  // The row is active a moment before the last activity stands in the history.
  await workflow.result();
  const history = await workflow.fetchHistory();
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
    `${SECONDS} s, divided by a workflow of as many empty activities as an order has on the same Temporal, alternating. *Latency*: ` +
    `${PER_SECOND} orders a second, from the row the webhook made to the row that says active, as seen from outside. Machines ` +
    'differ by a factor of two from day to day, so a time is multiplied by the empty workflows of ' +
    `${PACE.activities} activities that the same run does a second, ${AT_ONCE} at once, and divided by ${PACE.perSecond}; the time ` +
    'as it was and the factor are in its note. *Memory*: resident, after a thousand orders.',
  async run(harness) {
    const shop = await openShop(harness);
    try {
      harness.say('warming up');
      const activities = [await activitiesOf(shop)];
      const baseline = () => shop.noop(activities[0]!);
      await closedLoop(shop.order, AT_ONCE, 10);
      await closedLoop(baseline, AT_ONCE, 5);
      let orders = 0;
      const rates = await interleaved(['baseline', 'product'] as const, ROUNDS, async (name, round) => {
        const rate = await closedLoop(name === 'baseline' ? baseline : shop.order, AT_ONCE, SECONDS);
        if (name === 'product') orders += Math.round(rate * SECONDS);
        harness.say(`round ${round + 1} ${name}: ${rate.toFixed(1)}/s`);
        return rate;
      });
      const waits: number[][] = [];
      const paces: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        paces.push(await closedLoop(() => shop.noop(PACE.activities), AT_ONCE, SECONDS / 2));
        waits.push(await latencies(shop));
        harness.say(
          `round ${round + 1} latency: p50 ${percentile(waits.at(-1)!, 0.5)} ms at ${paces.at(-1)!.toFixed(1)}/s`,
        );
      }
      orders += ROUNDS * OPEN_SECONDS * PER_SECOND;
      for (let round = 1; round < ROUNDS; round += 1) activities.push(await activitiesOf(shop));
      while (orders < ORDERS_BEFORE_RSS) orders += Math.round((await closedLoop(shop.order, AT_ONCE, 5)) * 5);
      const memory = async (pid: number) => {
        const values: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          values.push(residentMiB(pid));
          await pause(1_000);
        }
        return values;
      };
      const compared = `${median(rates.product).toFixed(1)} orders/s, ${median(rates.baseline).toFixed(1)} empty workflows/s`;
      const absolute = (id: string, unit: string, must: number, aim: number, rounds: number[]): Finding => ({
        id,
        unit,
        baseline: null,
        must,
        aim,
        rounds,
      });
      const factor = median(paces) / PACE.perSecond;
      const scaled = (id: string, share: number, must: number, aim: number): Finding => {
        const raw = waits.map((wait) => percentile(wait, share) / 1_000);
        const note = `${median(raw).toFixed(3)} s as measured, times ${factor.toFixed(2)} (${median(paces).toFixed(1)} empty workflows a second)`;
        return {
          ...absolute(
            id,
            's',
            must,
            aim,
            raw.map((seconds) => seconds * factor),
          ),
          note,
        };
      };
      return [
        {
          id: 'order-rate',
          unit: '×',
          baseline: compared,
          must: 0.5,
          aim: 0.7,
          rounds: rates.product.map((rate, i) => rate / rates.baseline[i]!),
        },
        scaled('order-latency-p50', 0.5, 0.25, 0.15),
        scaled('order-latency-p99', 0.99, 0.6, 0.3),
        absolute('order-activities', 'activities', 8, 6, activities),
        absolute('worker-rss', 'MiB', 340, 250, await memory(shop.pids.worker)),
        absolute('api-rss', 'MiB', 350, 250, await memory(shop.pids.api)),
      ];
    } finally {
      await shop.close();
    }
  },
} satisfies Measure;
