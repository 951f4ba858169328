import type { Command } from 'commander';
import { ask } from './api.ts';
import { EXIT } from './failure.ts';
import { runs } from './run.ts';

/** `hostwright audit verify`: ends with 1 when the chain is broken. */
export function auditCommand(program: Command): void {
  const audit = program.command('audit').description('the chain of audit entries');
  runs(
    audit.command('verify').description('check that no entry of the audit was changed or taken out'),
    async ({ api, output }) => {
      const verdict = await ask(api().audit.verify.$get());
      const { intact, entries, waiting, problems } = verdict;
      const size = `${entries} entries are chained, ${waiting} wait for the next round`;
      output.result(
        verdict,
        intact
          ? [`The audit is intact: ${size}.`]
          : [
              `The audit is broken: ${size}.`,
              ...problems.map(({ seq, problem }) => `  ✗ ${seq === null ? 'chain' : `entry ${seq}`}: ${problem}`),
            ],
      );
      if (!intact) output.say('Keep the database as it is, and compare it with a back-up made before the first break.');
      return intact ? EXIT.done : EXIT.failed;
    },
  );
}
