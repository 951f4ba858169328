import { ask, type Api } from '../api.ts';
import { wrongUse } from '../failure.ts';

/**
 * The id of a node that is named by name or id.
 * @throws Failure naming those that are there
 */
export async function nodeId(api: Api, named: string): Promise<string> {
  const { nodes } = await ask(api.nodes.$get());
  const found = nodes.find(({ id, name }) => id === named || name === named.toLowerCase());
  if (found) return found.id;
  const names = nodes.map(({ name }) => name).join(', ');
  throw wrongUse(`There is no node "${named}".`, [
    names ? `There are ${names}.` : 'There is none yet: hostwright nodes add.',
  ]);
}
