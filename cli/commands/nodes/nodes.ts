import type { Command } from 'commander';
import { ask } from '../api.ts';
import { EXIT, type Exit } from '../failure.ts';
import { instantText, table } from '../output.ts';
import { runs, type Context } from '../run.ts';
import { addCommand } from './add.ts';
import { nodeId } from './node-id.ts';
import { endOf, linesOf, type Checked } from './checked.ts';

/** `hostwright nodes list | add | test`. */
export function nodesCommand(program: Command): void {
  const nodes = program.command('nodes').description('servers that services are placed on');
  runs<[], object>(nodes.command('list').description('how full and how healthy each is'), list);
  addCommand(nodes);
  runs<[string], object>(
    nodes
      .command('test')
      .description('check it now, and say what is right and what is wrong; a good check brings it into rotation')
      .argument('<node>', 'its name or id'),
    test,
  );
}

async function list({ api, output }: Context) {
  const found = await ask(api().nodes.$get());
  const rows = found.nodes.map((node) => [
    node.name,
    node.base_url,
    `${node.slots_taken} of ${node.capacity}`,
    `${node.calls_left} of ${node.calls_per_hour}/h, ${node.calls_per_day}/d`,
    node.health,
    node.checked_at ? instantText(node.checked_at) : 'never',
    node.takes_orders ? 'yes' : `no: ${node.because}`,
  ]);
  const head = ['node', 'address', 'places', 'calls left', 'health', 'checked', 'takes orders'];
  output.result(found, rows.length > 0 ? table(head, rows) : ['There is no node yet. Add one: hostwright nodes add']);
  return EXIT.done;
}

async function test({ api, output }: Context, _options: object, named: string): Promise<Exit> {
  const id = await nodeId(api(), named);
  const checked: Checked = await ask(api().nodes[':id'].test.$post({ param: { id } }));
  output.result(checked, linesOf(checked));
  return endOf(checked, EXIT.failed);
}
