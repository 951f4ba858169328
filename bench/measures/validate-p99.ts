import { interleaved, median, type Measure } from '../measure.ts';
import { CONNECTIONS, LICENSES, openLicenseServers } from '../licenses.ts';

const ROUNDS = 7;
const SECONDS = 8;
const RATE = 2_000;
const CONTENDERS = ['select', 'product'] as const;

export default {
  ids: ['validate-p99', 'validate-p99-vs-select'],
  method:
    `the 99th percentile of license checks at ${RATE} a second in an open loop over ${CONNECTIONS} connections and ${LICENSES} ` +
    'licenses: questions are due at fixed instants whatever the server does, and latency counts from that instant, so a slow ' +
    'answer makes the ones behind it slow too instead of fewer (no coordinated omission). *vs-select* is that divided by ' +
    'the same of the SELECT in the same round. Servers as above.',
  async run(harness) {
    const servers = await openLicenseServers(harness, CONTENDERS);
    await servers.warmUp(10);
    const p99 = await interleaved(CONTENDERS, ROUNDS, async (name, round) => {
      const { latency } = await servers.open(name, RATE, SECONDS);
      harness.say(`round ${round + 1} ${name}: p50 ${latency.p50.toFixed(2)}, p99 ${latency.p99.toFixed(2)} ms`);
      return latency.p99;
    });
    return [
      {
        id: 'validate-p99',
        unit: 'ms',
        baseline: `Hono with one prepared SELECT, ${median(p99.select).toFixed(1)} ms`,
        must: 15,
        aim: 6,
        rounds: p99.product,
      },
      {
        id: 'validate-p99-vs-select',
        unit: '×',
        baseline: `Hono with one prepared SELECT, ${median(p99.select).toFixed(1)} ms`,
        must: 3.3,
        aim: 2,
        rounds: p99.product.map((latency, round) => latency / p99.select[round]!),
      },
    ];
  },
} satisfies Measure;
