import { interleaved, median, type Measure } from '../measure.ts';
import { CONNECTIONS, LICENSES, openLicenseServers } from '../licenses.ts';

const ROUNDS = 9;
const SECONDS = 5;
const CONTENDERS = ['bare', 'select', 'product'] as const;

export default {
  ids: ['validate-vs-bare', 'validate-vs-select'],
  method:
    `license checks per second in a closed loop of ${CONNECTIONS} connections over ${LICENSES} licenses drawn uniformly, the ` +
    'questions signed by a thousand panels with their own credentials, every hundredth answer compared with the seeded rows. ' +
    'The product is `api/main.ts` with `NODE_ENV=production`: signatures checked, answers signed, limits, metrics, log at info. ' +
    '*Bare* is Hono that reads the same JSON and answers in JSON; *select* is Hono that looks the license up by one prepared ' +
    'statement of `pg`, unsigned. All get the same bytes. Each round runs all three, beginning with another one; the value of a ' +
    'round is the product’s rate divided by the baseline’s in that round.',
  async run(harness) {
    const servers = await openLicenseServers(harness, CONTENDERS);
    await servers.warmUp(10);
    const perSecond = await interleaved(CONTENDERS, ROUNDS, async (name, round) => {
      const report = await servers.closed(name, SECONDS);
      harness.say(
        `round ${round + 1} ${name}: ${Math.round(report.perSecond)}/s, p99 ${report.latency.p99.toFixed(1)} ms`,
      );
      return report.perSecond;
    });
    const against = (name: 'bare' | 'select') => perSecond.product.map((rate, round) => rate / perSecond[name][round]!);
    const said = (name: 'bare' | 'select' | 'product') => `${Math.round(median(perSecond[name]))}/s`;
    return [
      {
        id: 'validate-vs-bare',
        unit: '×',
        baseline: `bare Hono POST, ${said('bare')}`,
        must: 0.36,
        aim: 0.45,
        rounds: against('bare'),
        note: `the product answered ${said('product')}`,
      },
      {
        id: 'validate-vs-select',
        unit: '×',
        baseline: `Hono with one prepared SELECT, ${said('select')}`,
        must: 0.9,
        aim: 1.25,
        rounds: against('select'),
      },
    ];
  },
} satisfies Measure;
