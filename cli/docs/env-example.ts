/**
 * Prints .env.example from what the processes themselves read: `npx node cli/docs/env-example.ts > .env.example`.
 * A test holds the file to it.
 */
import { VARIABLE_GROUPS } from '#domain/configuration/configuration.ts';
import type { Variable } from '#domain/configuration/variable.ts';
import { defaultOf, isRequired } from './variable-facts.ts';

/** The file, as it is committed. */
export const envExample = (): string =>
  `# What the API and the worker read, for whoever starts them without \`npm start\` and without Docker Compose: copy this file, fill in
# what is required, and start with \`node --env-file=.env api/main.ts\` and \`node --env-file=.env worker/main.ts\`.
# For docker-compose.yml, \`npm run --silent hostwright -- compose-env > .env\` writes another file, with its secrets made.
#
# A line without \`#\` before it is required. The others show the default, or nothing where there is none.
# Secrets: \`openssl rand -base64 32\`; a key of a ring is \`1:$(openssl rand -base64 32)\`. Each purpose needs its own.
# Printed by cli/docs/env-example.ts; docs/configuration.md says more of each variable.

${Object.entries(VARIABLE_GROUPS).map(groupText).join('\n\n')}
`;

const groupText = ([title, variables]: [string, Record<string, Variable>]): string =>
  [`## ${title}`, ...Object.entries(variables).map(variableText)].join('\n\n');

function variableText([name, { readers, secret, schema, says }]: [string, Variable]): string {
  const about = [readers.length > 1 ? 'API and worker' : readers[0] === 'api' ? 'API' : 'worker', secret && 'secret'];
  const line = `${name}=${defaultOf(schema) ?? ''}`;
  return `# ${says} (${about.filter(Boolean).join(', ')})\n${isRequired(schema) ? line : `# ${line}`}`;
}

if (import.meta.main) process.stdout.write(envExample());
