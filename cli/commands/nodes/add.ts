import { Option, type Command } from 'commander';
import { AddNode } from '#api/contracts/nodes.ts';
import { PANEL_CAPABILITIES } from '#domain/services/panel-capabilities.ts';
import { DEFAULT_PANEL, PANELS } from '#domain/vendors.ts';
import { ask } from '../api.ts';
import { EXIT, wrongUse, type Exit } from '../failure.ts';
import { firstLineOf } from '../first-line.ts';
import { runs, type Context } from '../run.ts';
import { endOf, linesOf } from './checked.ts';

interface Options {
  name?: string;
  panel: string;
  address?: string;
  key?: string;
  secretFile?: string;
  capacity?: string;
  publicAddress?: string;
  callsPerHour?: string;
  callsPerDay?: string;
  location?: string;
  package: string[];
  off: string[];
}

const SECRET_VARIABLE = 'HOSTWRIGHT_NODE_SECRET';
/** What is needed, by the field of the API: the flag, and what it is. */
const NEEDED = {
  name: ['name', 'what we call it: lower-case letters, digits, dots and dashes'],
  base_url: ['address', 'where its panel answers, such as https://panel.example:9000'],
  api_key: ['key', 'the id of the API key that the panel made for us'],
  api_secret: [
    'secret-file',
    `the secret of that key: first line of a file, or of stdin for -; else ${SECRET_VARIABLE}`,
  ],
  capacity: ['capacity', 'how many accounts it may carry'],
} as const;
type Field = keyof typeof NEEDED;
const FIELDS = Object.keys(NEEDED) as Field[];
type Values = Partial<Record<Field, string>>;

export function addCommand(nodes: Command): void {
  const command = nodes
    .command('add')
    .description('add one and check it; asks for what is missing')
    .addOption(new Option('--panel <name>', 'the panel that runs on it').choices(PANELS).default(DEFAULT_PANEL));
  for (const [flag, says] of Object.values(NEEDED)) command.option(`--${flag} <value>`, says);
  command
    .option(
      '--public-address <url>',
      'where customers reach its panel; --address unless told, or none if that is private',
    )
    .option('--calls-per-hour <count>', 'calls we make at most with that key; 900 unless told')
    .option('--calls-per-day <count>', 'the same in a day; 9000 unless told')
    .option('--location <text>', 'where it stands, for people')
    .option('--package <plan=id>', 'the panel’s package for a plan; repeat it', addTo, [])
    .addOption(
      new Option(
        '--off <capability>',
        `what its panel can and we leave alone (${PANEL_CAPABILITIES.join(', ')}); repeat it`,
      )
        .argParser(addTo)
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      '\nThe secret is never an argument: arguments stand in the history and in lists of processes.',
    );
  runs<[], Options>(command, add);
}

const addTo = (one: string, others: string[]): string[] => [...others, one];

async function add(context: Context, options: Options): Promise<Exit> {
  const { panel, location, publicAddress, callsPerHour, callsPerDay, off, package: packages } = options;
  const values = await complete(context, {
    name: options.name,
    base_url: options.address,
    api_key: options.key,
    api_secret: options.secretFile ? await firstLineOf(options.secretFile) : process.env[SECRET_VARIABLE],
    capacity: options.capacity,
  });
  const parsed = AddNode.safeParse({
    ...values,
    panel,
    capacity: countOf(values.capacity),
    calls_per_hour: countOf(callsPerHour),
    calls_per_day: countOf(callsPerDay),
    capabilities_off: off,
    packages: Object.fromEntries(packages.map(packageOf)),
    ...(location !== undefined && { location }),
    ...(publicAddress !== undefined && { public_url: publicAddress }),
  });
  if (!parsed.success) throw wrongUse('This cannot be sent.', parsed.error.issues.map(problemOf));
  const { api, output } = context;
  const checked = await ask(api().nodes.$post({ header: {}, json: parsed.data }));
  output.result(checked, linesOf(checked));
  // It is added all the same, and waits for a check that passes.
  return endOf(checked, EXIT.partly);
}

async function complete({ interactive }: Context, given: { [F in Field]: string | undefined }): Promise<Values> {
  const missing = FIELDS.filter((field) => !given[field]);
  if (missing.length === 0) return given as Values;
  if (!interactive) {
    throw wrongUse(
      'Something is missing, and there is no terminal to ask on.',
      missing.map((field) => `--${NEEDED[field][0]}: ${NEEDED[field][1]}`),
    );
  }
  const { askLine, askSecret } = await import('../questions.ts');
  const values = { ...given } as Values;
  for (const field of missing) {
    if (field === 'api_secret') values[field] = await askSecret('Secret of that key');
    else values[field] = await askLine({ message: `--${NEEDED[field][0]}: ${NEEDED[field][1]}` });
  }
  return values;
}

/** What is no number is told so by the contract. */
const countOf = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : text);

function packageOf(text: string): [string, string] {
  const [, plan, id] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (!plan || !id) throw wrongUse(`--package is a plan and a package of the panel, such as starter=1, not "${text}".`);
  return [plan, id];
}

const OTHER_FLAGS: Record<string, string> = {
  capabilities_off: 'off',
  packages: 'package',
  public_url: 'public-address',
};

/** Under the name of the flag, and never with what was given: it may be the secret. */
function problemOf({ path, message }: { path: PropertyKey[]; message: string }): string {
  const [field = '', ...rest] = path.map(String);
  const flag = field in NEEDED ? NEEDED[field as Field][0] : (OTHER_FLAGS[field] ?? field.replaceAll('_', '-'));
  return [`--${flag}`, ...rest, message].join(' ');
}
