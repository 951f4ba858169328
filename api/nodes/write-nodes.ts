import type { PanelName } from '#domain/vendors.ts';
import { newId } from '#domain/ids.ts';
import { publicAddressOf } from '#domain/services/panel-address.ts';
import { usedCapabilities } from '#domain/services/panel-capabilities.ts';
import { Node, Plan, PlanPackage } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import { Problem } from '../http/problem.ts';

export interface NodeToAdd {
  name: string;
  panel: PanelName;
  baseUrl: string;
  /** Where customers reach it, unless that follows from `baseUrl`. */
  publicUrl?: string | undefined;
  credentials: PanelCredentials;
  capacity: number;
  location: string | null;
  callsPerHour: number;
  callsPerDay: number;
  capabilitiesOff: string[];
  /** Package id by plan code. */
  packages: Record<string, string>;
}

/** What the worker sends to the panel; sealed as JSON. */
export interface PanelCredentials {
  apiKey: string;
  apiSecret: string;
}

/**
 * Adds a node that takes no orders yet: it is not known to work until its first check passes.
 * @throws Problem 409 for a name that is taken, 422 for a plan that is not there
 */
export async function addNode(em: Em, sealer: Sealer, wish: NodeToAdd, asOf: Date): Promise<Node> {
  if ((await em.count(Node, { name: wish.name })) > 0) {
    throw new Problem(409, 'node_name_taken', `There is a node named ${wish.name} already. Names are used once.`);
  }
  const id = newId();
  const node = em.create(Node, {
    id,
    name: wish.name,
    panel: wish.panel,
    baseUrl: wish.baseUrl,
    publicUrl: wish.publicUrl ?? publicAddressOf(wish.baseUrl),
    credentials: sealCredentials(sealer, id, wish.credentials),
    credentialsChangedAt: asOf,
    capabilities: [],
    capabilitiesFound: [],
    capabilitiesOff: wish.capabilitiesOff,
    probedAt: null,
    location: wish.location,
    callsPerHour: wish.callsPerHour,
    callsPerDay: wish.callsPerDay,
    capacity: wish.capacity,
    slotsTaken: 0,
    draining: false,
    health: 'failing',
    failedChecks: 0,
    goodChecks: 0,
    checkedAt: null,
    version: null,
    createdAt: asOf,
  });
  await em.flush();
  await setPackages(em, id, wish.packages);
  return node;
}

export interface NodeChange {
  baseUrl?: string | undefined;
  publicUrl?: string | null | undefined;
  credentials?: PanelCredentials | undefined;
  capacity?: number | undefined;
  draining?: boolean | undefined;
  location?: string | null | undefined;
  callsPerHour?: number | undefined;
  callsPerDay?: number | undefined;
  capabilitiesOff?: string[] | undefined;
  packages?: Record<string, string> | undefined;
}

/**
 * What is given is changed, the rest stays.
 * @returns before and after for the audit: names, never a secret
 * @throws Problem 422 `key_needed` when the address is another server's and the key is not given again
 */
export async function changeNode(em: Em, sealer: Sealer, node: Node, change: NodeChange, asOf: Date) {
  const { credentials, packages, ...plain } = { ...change, publicUrl: publicUrlAfter(node, change) };
  // The stored key was given for one server; sent to another, it would be given away.
  if (plain.baseUrl && !credentials && originOf(plain.baseUrl) !== originOf(node.baseUrl)) throw keyNeeded(node);
  const fields = Object.entries(plain).filter(([, value]) => value !== undefined) as [keyof typeof plain, never][];
  const before = Object.fromEntries(fields.map(([field]) => [field, node[field]]));
  const after = Object.fromEntries(fields);
  Object.assign(node, after);
  node.capabilities = usedCapabilities(node.capabilitiesFound, node.capabilitiesOff);
  if (credentials) {
    node.credentials = sealCredentials(sealer, node.id, credentials);
    node.credentialsChangedAt = asOf;
  }
  if (packages) await setPackages(em, node.id, packages);
  await em.flush();
  return {
    before,
    after: { ...after, ...(credentials && { credentials: 'replaced' }), ...(packages && { packages }) },
  };
}

/** As staff say it; else it moves with the panel, as long as it was the panel's own address. */
const publicUrlAfter = (node: Node, { baseUrl, publicUrl }: NodeChange): string | null | undefined =>
  publicUrl === undefined && baseUrl && node.publicUrl === publicAddressOf(node.baseUrl)
    ? publicAddressOf(baseUrl)
    : publicUrl;

const originOf = (baseUrl: string): string => new URL(baseUrl).origin;

function keyNeeded({ name, baseUrl }: Node): Problem {
  const detail = 'is needed when `base_url` names another scheme, host or port';
  return new Problem(
    422,
    'key_needed',
    `The key of ${name} was given for ${originOf(baseUrl)}. Send api_key and api_secret with the new address.`,
    { errors: ['/api_key', '/api_secret'].map((pointer) => ({ pointer, detail })) },
  );
}

/** @throws Problem 422 naming the plans that are not there */
export async function setPackages(em: Em, nodeId: string, packages: Record<string, string>): Promise<void> {
  const codes = Object.keys(packages);
  const plans = new Map((await em.find(Plan, { code: { $in: codes } })).map(({ code, id }) => [code, id]));
  const missing = codes.filter((code) => !plans.has(code));
  if (missing.length > 0) {
    throw new Problem(422, 'plan_unknown', 'Some plans in `packages` are not there; see GET /api/v2/catalog.', {
      errors: missing.map((code) => ({ pointer: `/packages/${code}`, detail: 'is not the code of a plan' })),
    });
  }
  await em.upsertMany(
    PlanPackage,
    codes.map((code) => ({ planId: plans.get(code)!, nodeId, packageId: packages[code]! })),
  );
}

const sealCredentials = (sealer: Sealer, rowId: string, { apiKey, apiSecret }: PanelCredentials): Buffer =>
  sealer.seal(JSON.stringify({ apiKey, apiSecret }), { table: 'node', column: 'credentials', rowId });
