import { customerText, instantText } from '../output.ts';
import type { Command } from 'commander';
import { ask } from '../api.ts';
import { EXIT, wrongUse } from '../failure.ts';
import { runs, type Context } from '../run.ts';

interface ListOptions {
  done?: boolean;
  limit: string;
}

/** `hostwright tasks list | done`. */
export function tasksCommand(program: Command): void {
  const tasks = program.command('tasks').description('what a person should look at that holds nothing up');
  runs<[], ListOptions>(
    tasks
      .command('list')
      .description('those that are still to be done, newest first')
      .option('--done', 'those that were done instead')
      .option('--limit <count>', 'at most so many, up to 100', '25'),
    list,
  );
  runs<[string], object>(
    tasks
      .command('done')
      .description('mark as done; who did it first stays')
      .argument('<id>', 'as `tasks list` shows it'),
    done,
  );
}

async function list({ api, output }: Context, { done: isDone, limit }: ListOptions) {
  if (!/^([1-9]\d?|100)$/.test(limit)) throw wrongUse('--limit is a number from 1 to 100.');
  const found = await ask(api().tasks.$get({ query: { limit, ...(isDone && { done: 'true' }) } }));
  const lines = found.tasks.flatMap((task) => {
    const about = [task.order?.reference, task.customer && customerText(task.customer), instantText(task.opened_at)];
    const end = task.done_at ? [`done by ${task.done_by} at ${instantText(task.done_at)}`] : [];
    return [`${task.id}  ${task.title}`, `  ${task.text}`, `  ${[...about, ...end].filter(Boolean).join(', ')}`];
  });
  output.result(found, lines.length > 0 ? lines : [isDone ? 'No task was done yet.' : 'There is nothing to do.']);
  if (found.next) output.say('There are more: raise --limit.');
  return EXIT.done;
}

async function done({ api, output }: Context, _options: object, id: string) {
  const task = await ask(api().tasks[':id'].done.$post({ param: { id } }));
  output.result(task, [`Done by ${task.done_by}: ${task.text}`]);
  return EXIT.done;
}
