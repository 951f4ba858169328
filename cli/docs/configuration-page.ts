/**
 * Prints docs/configuration.md from what the processes themselves read:
 * `npx node cli/docs/configuration-page.ts > docs/configuration.md`. A test holds the page to it.
 */
import type { z } from 'zod';
import { VARIABLES } from '#domain/configuration/configuration.ts';
import type { Variable } from '#domain/configuration/variable.ts';
import { defaultOf, described, isRequired } from './variable-facts.ts';
import { PORTS } from '../start/processes/ports.ts';
import { readBy, SWITCHES, type Part } from '../start/environment.ts';
import { SANDBOX, SIMULATORS, type SimulatorName } from '../start/sandbox/vendors.ts';

const PARTS: Record<Part, string> = {
  postgres: 'PostgreSQL 15 or newer: an address of a role that may make roles, in a database it owns',
  temporal: 'a Temporal server, `host:port`; its namespace and search attributes are registered if they are missing',
  ...(Object.fromEntries(SIMULATORS.map((name) => [name, SANDBOX[name].own])) as Record<SimulatorName, string>),
};

/** The page, as it is committed. */
export function configurationPage(): string {
  return `# Configuration

This page is printed by \`npx node cli/docs/configuration-page.ts\`. Do not edit it: change \`domain/configuration/\` and print it again.

Every process reads environment variables, checks all of them when it starts, and names whatever is missing or wrong, never its
value. A name of an older system that does nothing here is named with what to set instead. An empty variable counts as left out.
In production (\`NODE_ENV=production\`) the API also refuses what is not safe there: weak or shared secrets, a portal without
https, simulators, a database role that may do too much.

## What the API and the worker read

Secrets are marked with 🔒: keep them out of version control and logs.

${table(['variable', 'read by', 'shape', 'default', 'what it says'], Object.entries(VARIABLES).map(rowOf))}

Make a 256-bit secret with \`openssl rand -base64 32\`, a key of a ring as \`1:$(openssl rand -base64 32)\`. Each purpose needs
its own. \`npm run --silent hostwright -- compose-env\` makes all of them at once for \`docker-compose.yml\`.

## What other programs read

${table(
  ['program', 'reads'],
  [
    ['`hostwright migrate`', names(readBy('migrate'))],
    ['`hostwright namespace`', names(readBy('namespace'))],
    ['`hostwright seal`, `audit verify --heads`, `audit key`, `audit erase`', names(readBy('tools'))],
    ['`hostwright backup`, `restore`', names(readBy('backup'))],
    [
      '`hostwright provision`, `orders`, `diagnose`, `incidents`, `tasks`, `nodes`, `api-keys`, `audit verify`',
      names(['HOSTWRIGHT_URL', 'HOSTWRIGHT_API_KEY']),
    ],
  ],
)}

\`migrate\` signs in with \`DATABASE_OWNER_URL\` and gives each of the other roles the password in its own address;
those of customers and staff follow from the API’s unless theirs are set. The last three
rows need nothing where \`npm start\` runs: it has left addresses and keys in \`.data/\`. Of the first of them, \`seal\` and \`audit erase\`
sign in as the owner, \`audit verify --heads\` with \`DATABASE_READONLY_URL\`. \`DATABASE_BACKUP_URL\` is of a superuser, or of a role with
\`REPLICATION\` that reads \`schema_migration\`; \`BACKUP_RECIPIENT\` is age’s public key of whoever opens back-ups, several by comma, and no
secret; the three secrets are only compared. All commands take \`HOSTWRIGHT_DATA\`, another folder
instead of \`.data\`.

## What \`npm start\` replaces

It makes everything itself and remembers it in \`.data/\`. Setting one of these puts your own in place of a part:

${table(
  ['variable', 'your own'],
  Object.entries(SWITCHES).map(([part, variable]) => [code(variable), PARTS[part as Part]]),
)}

Other variables of the first table win over what \`npm start\` would say, except ${names(OURS)}, which only it can know.

Ports are these, or the next free ones, on loopback only; \`.data/ports.json\` remembers them:

${table(
  ['what', 'port'],
  Object.entries(PORTS).map(([what, port]) => [what, String(port)]),
)}
`;
}

/** See `OURS` in start/environment.ts. */
const OURS = ['NODE_ENV', 'API_HOST', 'API_PORT', 'WORKER_PORT', 'PUBLIC_URL', 'WORKFLOW_BUNDLE'];

function rowOf([name, { readers, secret, schema, says }]: [string, Variable]): string[] {
  return [`${code(name)}${secret ? ' 🔒' : ''}`, readers.join(', '), shapeOf(schema), shownDefault(schema), says];
}

/** What may be written there, as the schema checks it. */
function shapeOf(schema: z.ZodType): string {
  const { enum: values, type, minimum, maximum, format, pattern, minLength } = described(schema);
  if (values) return values.map((value) => code(String(value))).join(' or ');
  if (type === 'integer') return `whole number, ${minimum} to ${maximum}`;
  if (type === 'number') return `number, ${minimum} to ${maximum}`;
  if (format === 'uri') return 'address';
  if (format === 'email') return 'e-mail address';
  if (pattern) return code(pattern);
  if (minLength) return `at least ${minLength} characters`;
  // What JSON Schema cannot say, the schema says of something that is certainly wrong.
  const [issue] = schema.safeParse(' ').error?.issues ?? [];
  return issue?.code === 'custom' ? issue.message.replace(/^(needs|is not) /, '') : 'text';
}

function shownDefault(schema: z.ZodType): string {
  const value = defaultOf(schema);
  if (value !== undefined) return value === '' ? 'none' : code(value);
  return isRequired(schema) ? '**required**' : '';
}

const code = (text: string) => `\`${text}\``;
const names = (variables: readonly string[]) => variables.map(code).join(', ');

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.main) process.stdout.write(configurationPage());
