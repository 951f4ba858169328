import { join } from 'node:path';
import { ask, type Api } from '#cli/commands/api.ts';
import { environmentOf, type Settings } from '../environment.ts';
import { readJson, writeWhole } from '../files.ts';
import { StoryFailed } from './failed.ts';

/** The simulated panel, as a node like any other. */
const NAME = 'sandbox-1';
const CAPACITY = 1_000;
/** The simulated panel's own package ids. */
const PACKAGES: Record<string, string> = { starter: '1', professional: '2', enterprise: '3' };

export interface SandboxNode {
  id: string;
  name: string;
}

const addressOf = ({ ports }: Settings) => `http://127.0.0.1:${ports.nextpanel}`;
/** As the start prints it. */
const publicAddressOf = ({ ports }: Settings) => `http://localhost:${ports.nextpanel}`;

/**
 * Adds the simulated panel as a node, or gives the one that is there the port it has now.
 * @returns null when staff took it away
 * @throws StoryFailed when it takes no orders, saying why
 */
export async function sandboxNode(api: Api, settings: Settings, mayAdd: boolean): Promise<SandboxNode | null> {
  const [base_url, public_url] = [addressOf(settings), publicAddressOf(settings)];
  const { nodes } = await ask(api.nodes.$get());
  const there = nodes.find(({ name }) => name === NAME);
  if (!there && !mayAdd) return null;
  const isThere = there?.base_url === base_url && there.public_url === public_url;
  if (isThere && (there.takes_orders || !mayAdd)) return there;
  const { node, check, note } = await (there
    ? ask(api.nodes[':id'].$patch({ param: { id: there.id }, json: { base_url, public_url, ...keyOf(settings) } }))
    : ask(api.nodes.$post({ header: {}, json: await newNode(api, settings) })));
  if (!node.takes_orders && mayAdd) {
    const failed = check?.steps.find(({ ok }) => !ok);
    throw new StoryFailed(`The node ${node.name} takes no orders: ${failed?.message ?? node.because}`, [
      note,
      `The panel’s log: ${join(settings.data, 'logs/nextpanel.log')}`,
    ]);
  }
  return node;
}

function keyOf(settings: Settings) {
  const { NEXTPANEL_KEY_ID, NEXTPANEL_KEY_SECRET } = environmentOf('nextpanel', settings);
  return { api_key: NEXTPANEL_KEY_ID!, api_secret: NEXTPANEL_KEY_SECRET! };
}

async function newNode(api: Api, settings: Settings) {
  const { plans } = await ask(api.plans.$get());
  return {
    name: NAME,
    panel: 'nextpanel' as const,
    base_url: addressOf(settings),
    public_url: publicAddressOf(settings),
    ...keyOf(settings),
    capacity: CAPACITY,
    location: 'This machine',
    packages: Object.fromEntries(plans.flatMap(({ code }) => (PACKAGES[code] ? [[code, PACKAGES[code]]] : []))),
  };
}

export interface PanelKey {
  keyId: string;
  secret: string;
}

/** What the node's panel signs its license questions with; the secret is shown once, so it is kept here. */
export async function panelKey(api: Api, settings: Settings, node: SandboxNode): Promise<PanelKey> {
  const file = join(settings.data, 'sandbox-panel.json');
  const kept = readJson<(PanelKey & { nodeId: string }) | undefined>(file, undefined);
  const of = { param: { id: node.id } };
  const { credentials } = await ask(api.nodes[':id']['panel-credentials'].$get(of));
  if (kept && credentials.some(({ key_id, revoked_at }) => key_id === kept.keyId && revoked_at === null)) return kept;
  const made = await ask(api.nodes[':id']['panel-credentials'].$post({ ...of, header: {}, json: {} }));
  const key = { keyId: made.key_id, secret: made.secret };
  writeWhole(file, `${JSON.stringify({ nodeId: node.id, ...key }, null, 2)}\n`, 0o600);
  return key;
}
