import { Argument, Option, type Command } from 'commander';
import { ask } from '../api.ts';
import { EXIT, wrongUse } from '../failure.ts';
import { nodeId } from '../nodes/node-id.ts';
import { customerText, instantText, table } from '../output.ts';
import { runs, type Context } from '../run.ts';

const STATUSES = ['open', 'decided', 'healed', 'closed'] as const;
const ACTIONS = ['retry', 'skip', 'abort'] as const;

interface ListOptions {
  status?: (typeof STATUSES)[number];
  all?: boolean;
  limit: string;
}
interface ResolveOptions {
  node?: string;
  package?: string;
  username?: string;
  note?: string;
}

/** `hostwright incidents list | show | resolve`. */
export function incidentsCommand(program: Command): void {
  const incidents = program.command('incidents').description('steps that wait for a person');
  runs<[], ListOptions>(
    incidents
      .command('list')
      .description('open ones; all with --all')
      .addOption(new Option('--status <status>', 'only of this status').choices(STATUSES))
      .option('--all', 'closed ones as well')
      .option('--limit <count>', 'at most so many, up to 100', '25'),
    list,
  );
  runs<[string], object>(
    incidents
      .command('show')
      .description('what happened, and what each decision does')
      .argument('<id>', 'as `incidents list` shows it'),
    show,
  );
  runs<[string, (typeof ACTIONS)[number]], ResolveOptions>(
    incidents
      .command('resolve')
      .description('decide, and the order goes on')
      .argument('<id>', 'as `incidents list` shows it')
      .addArgument(new Argument('<decision>', '`incidents show` says what each does').choices(ACTIONS))
      .option('--node <name>', 'retry on this node instead')
      .option('--package <id>', 'retry with this package of the panel')
      .option('--username <name>', 'retry with this account name')
      .option('--note <text>', 'why, for whoever reads the history; skip and abort need it'),
    resolve,
  );
}

async function list({ api, output }: Context, { status, all, limit }: ListOptions) {
  if (!/^([1-9]\d?|100)$/.test(limit)) throw wrongUse('--limit is a number from 1 to 100.');
  const only = status ?? (all ? undefined : 'open');
  const found = await ask(api().incidents.$get({ query: { limit, ...(only && { status: only }) } }));
  const rows = found.incidents.map((one) => [
    one.id,
    one.status,
    one.title,
    one.order?.reference ?? '',
    one.customer ? customerText(one.customer) : '',
    one.node?.name ?? '',
    instantText(one.opened_at),
  ]);
  const head = ['incident', 'status', 'what', 'order', 'customer', 'node', 'opened'];
  output.result(
    found,
    rows.length > 0 ? table(head, rows) : [only ? `No incident is ${only}.` : 'There is no incident.'],
  );
  if (found.next) output.say('There are more: raise --limit, or narrow with --status.');
  return EXIT.done;
}

async function show({ api, output }: Context, _options: object, id: string) {
  const incident = await ask(api().incidents[':id'].$get({ param: { id } }));
  const { decision } = incident;
  const facts: [string, string | null | undefined][] = [
    ['step', incident.step],
    ['reason', incident.reason],
    ['status', incident.status],
    ['order', incident.order?.reference],
    ['customer', incident.customer ? customerText(incident.customer) : undefined],
    ['node', incident.node?.name],
    ['gateway', incident.gateway],
    ['opened', instantText(incident.opened_at)],
    ['closed', incident.closed_at && instantText(incident.closed_at)],
    ['workflow', incident.workflow_url ?? incident.workflow_id],
  ];
  output.result(incident, [
    incident.title,
    '',
    incident.message,
    '',
    ...facts.flatMap(([name, value]) => (value ? [`  ${name.padEnd(9)} ${value}`] : [])),
    '',
    ...(decision
      ? [
          `Decided by ${decision.actor} at ${instantText(decision.decided_at)}: ${decision.action}${decision.note && `, "${decision.note}"`}.`,
        ]
      : []),
    ...(incident.status === 'open'
      ? incident.choices.map(({ action, does, fields }) => `  ${action.padEnd(6)} ${does}${takes(fields)}`)
      : []),
  ]);
  if (incident.status === 'open')
    output.say(
      `\nDecide with: hostwright incidents resolve ${id} <${incident.choices.map(({ action }) => action).join('|')}>`,
    );
  return EXIT.done;
}

/** `node_id` of the API is `--node` here. */
const takes = (fields: { name: string }[]) =>
  fields.length > 0 ? ` Takes ${fields.map(({ name }) => `--${name.replace('_id', '')}`).join(', ')}.` : '';

async function resolve(context: Context, options: ResolveOptions, id: string, action: (typeof ACTIONS)[number]) {
  const { api, output } = context;
  if (action !== 'retry' && (options.node || options.package || options.username)) {
    throw wrongUse('--node, --package and --username are for a retry.');
  }
  const note = options.note ?? (action === 'retry' ? undefined : await askWhy(context, action));
  const input = {
    ...(options.node && { node_id: await nodeId(api(), options.node) }),
    ...(options.package && { package_id: options.package }),
    ...(options.username && { username: options.username }),
  };
  const decided = await ask(
    api().incidents[':id'].decisions.$post({
      param: { id },
      json: { action, ...(Object.keys(input).length > 0 && { input }), ...(note && { note }) },
    }),
  );
  output.result({ incident: id, ...decided }, [`${decided.said}.`]);
  return EXIT.done;
}

async function askWhy({ interactive }: Context, action: string): Promise<string> {
  if (!interactive) throw wrongUse(`To ${action} needs --note: why, for whoever reads the history.`);
  const { askLine } = await import('../questions.ts');
  return askLine({ message: `Why ${action}? Whoever reads the history will see this.` });
}
