import type { Command } from 'commander';
import { ask } from '../api.ts';
import { EXIT } from '../failure.ts';
import { instantText } from '../output.ts';
import { runs, type Context } from '../run.ts';

/** `hostwright api-keys list`. */
export function apiKeysCommand(program: Command): void {
  const keys = program.command('api-keys').description('keys that act for staff, or ask for a panel');
  runs<[], object>(
    keys
      .command('list')
      .description('those that are good, each beneath the one it was made with, and never the key itself'),
    list,
  );
}

async function list({ api, output }: Context) {
  const found = await ask(api()['api-keys'].$get());
  output.result(found, found.api_keys.length > 0 ? beneath(found.api_keys) : ['There is no API key.']);
  return EXIT.done;
}

interface Key {
  id: string;
  name: string;
  made_by: string | null;
  scopes: string[];
  allowed_networks: string[];
  last_used_at: string | null;
  expires_at: string | null;
}

/** A key ends with the one it was made with, so that one is in the list as well; what is not ends the search. */
function beneath(keys: readonly Key[], maker?: Key, indent = ''): string[] {
  const isListed = (id: string | null) => keys.some((key) => key.id === id);
  const made = keys.filter(({ made_by: by }) => (maker ? by === maker.id : !isListed(by)));
  return made.flatMap((key) => [
    `${indent}${key.id}  ${key.name}${maker ? `, made with ${maker.name}` : ''}`,
    `${indent}  ${detailsOf(key)}`,
    ...beneath(keys, key, `${indent}  `),
  ]);
}

const detailsOf = ({ scopes, allowed_networks: networks, last_used_at: usedAt, expires_at: expiresAt }: Key): string =>
  [
    `may ${scopes.join(', ')}`,
    `from ${networks.length > 0 ? networks.join(', ') : 'anywhere'}`,
    usedAt ? `last used ${instantText(usedAt)}` : 'never used',
    ...(expiresAt ? [`ends ${instantText(expiresAt)}`] : []),
  ].join('; ');
