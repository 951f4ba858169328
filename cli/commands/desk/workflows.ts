import type { Command } from 'commander';
import { ask } from '../api.ts';
import { EXIT } from '../failure.ts';
import { runs, type Context } from '../run.ts';

/** `hostwright workflows restart`. */
export function workflowsCommand(program: Command): void {
  const workflows = program.command('workflows').description('what orders and subscriptions run on');
  runs<[string], object>(
    workflows
      .command('restart')
      .description('start one again that was canceled, terminated, failed or lost')
      .argument('<workflow id>', 'as its task or the Temporal UI shows it: order/…, subscription/…'),
    restart,
  );
}

async function restart({ api, output }: Context, _options: object, workflowId: string) {
  const sent = await ask(api().workflows.restart.$post({ json: { workflow_id: workflowId } }));
  output.result(sent, [
    `The start of ${sent.workflow_id} goes out again. It goes through its steps once more and finds what is done.`,
  ]);
  output.say('One that runs, or has finished its work, stays as it is.');
  return EXIT.done;
}
