import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { SealBroken, sha256, type Sealer } from '#db/secrets/seal.ts';
import type { LicensePath, PanelCredentialRow } from '#db/licenses/license-path.ts';
import { panelSecretPlace } from '#db/secrets/panel-credentials.ts';
import type { LicenseCheck } from '#api/contracts/validate.ts';
import { createCoalescer } from './coalesce.ts';
import { legacySignature, sameSignature } from '../signatures/legacy-signature.ts';
import { addressList, clientAddress } from '#api/http/middleware/network.ts';
import { createNonceMemory, type NonceMemory } from '../signatures/nonces.ts';
import { isSignedBy } from '../signatures/panel-signature.ts';
import { createRecent } from './recent.ts';

/** Who asks, once that is proven. */
export interface Caller {
  kind: 'panel' | 'api_key' | 'legacy' | 'unsigned';
  /** Whose allowance is used: a node's, a key's, or an address's. */
  account: string;
  /** Only licenses of this node are seen; null sees all. */
  nodeId: string | null;
  /** Of a panel: what its answer is signed with, and the nonce it carries. */
  credentialId: string | null;
  secret: KeyObject | null;
  nonce: string | null;
}

/** The parts of a request that credentials are about. */
export interface Asked {
  method: string;
  /** With the raw query string. */
  path: string;
  body: Uint8Array;
  check: LicenseCheck;
  /** The client's address; forwarded headers count only from trusted proxies. */
  network: string;
  header(name: string): string | undefined;
}

/** Why a credential was refused: for the security event, never for the caller. */
export class NotAccepted {
  readonly reason: string;
  readonly panelId: string | null;
  constructor(reason: string, panelId: string | null = null) {
    this.reason = reason;
    this.panelId = panelId;
  }
}

type Networks = { has(address: string): boolean };
type PanelCredential = Omit<PanelCredentialRow, 'secret'> & { secret: KeyObject; networks: Networks };

export interface CallersOptions {
  path: Pick<LicensePath, 'askPanelCredentials' | 'askApiKeys' | 'askNodes'>;
  sealer: Sealer;
  /** Switches B4.3 on. */
  legacySecret?: string | undefined;
  /** Switches B4.4 on: `<node name>=<address>`. */
  unsignedSources?: readonly string[];
  /** Whether an address asks with so many bad credentials that ids we never saw are not even looked for. */
  isGuessing(network: string): boolean;
  nowMs(): number;
}

const SCOPE = 'license:validate';
const WINDOW_SECONDS = 300;
const KEEP_MS = 5_000;
const TIMESTAMP = /^\d{1,12}$/;
/** Visible ASCII, so that it stands in headers, lines and JSON as it is. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const KEY_ID = /^[\x21-\x7e]{1,100}$/;
const DUMMY_SECRET = createSecretKey(randomBytes(32));
const STATEMENTS = { inFlight: 1, most: 200, queue: 2_000, waitMs: 500 };

/**
 * Finds out who asks, by the four credentials of the NextPanel contract, part B4, in its order. The first one a
 * request brings is the one that counts: a bad signature is not made good by the address it came from.
 */
export function createCallers(options: CallersOptions) {
  const { path, sealer, legacySecret, nowMs, isGuessing } = options;
  const nonces = createNonceMemory();
  const sources = unsignedSources(options.unsignedSources ?? []);

  const askPanels = createCoalescer<string, PanelCredential | SealBroken | null>({
    ...STATEMENTS,
    nowMs,
    async ask(keyIds) {
      const rows = new Map((await path.askPanelCredentials(keyIds)).map((row) => [row.keyId, row]));
      return keyIds.map((keyId) => {
        const row = rows.get(keyId);
        if (!row) return null;
        const secret = opened(row);
        return secret instanceof SealBroken ? secret : { ...row, secret, networks: networksOf(row.allowedNetworks) };
      });
    },
  });
  /** A key object once: made from bytes for each signature it costs five times the signature. */
  function opened(row: { id: string; secret: Uint8Array }) {
    try {
      return createSecretKey(sealer.open(row.secret, panelSecretPlace(row.id)), 'utf8');
    } catch (error) {
      // Of this panel we do not know; those that ask in the same moment are answered.
      if (error instanceof SealBroken) return error;
      throw error;
    }
  }
  const askKeys = createCoalescer({
    ...STATEMENTS,
    nowMs,
    async ask(hashes: string[]) {
      const rows = await path.askApiKeys(hashes.map((hash) => Buffer.from(hash, 'base64')));
      const byHash = new Map(rows.map((row) => [row.keyHash.toString('base64'), row]));
      return hashes.map((hash) => {
        const row = byHash.get(hash);
        return row ? { ...row, networks: networksOf(row.allowedNetworks) } : null;
      });
    },
  });
  const recent = { keepMs: KEEP_MS, most: 10_000, nowMs };
  const panels = createRecent({
    ...recent,
    async load(keyId: string) {
      const found = await askPanels(keyId);
      if (found instanceof SealBroken) throw found;
      return found;
    },
  });
  const keys = createRecent({ ...recent, load: askKeys });
  const nodes = createRecent({ ...recent, load: async (name) => (await path.askNodes([name])).get(name) ?? null });

  const isOld = (timestamp: number) => Math.abs(nowMs() / 1000 - timestamp) > WINDOW_SECONDS;

  function asPanel(asked: Asked, keyId: string, credential: PanelCredential | null): Caller | NotAccepted {
    const timestamp = asked.header('x-panel-timestamp') ?? '';
    const nonce = asked.header('x-panel-nonce') ?? '';
    const { method, path, body } = asked;
    // An unknown panel costs the same as a known one.
    const isSigned = isSignedBy(
      credential?.secret ?? DUMMY_SECRET,
      { timestamp, nonce, method, path, body },
      asked.header('x-panel-signature') ?? '',
    );
    if (!credential) return new NotAccepted('unknown panel credential');
    if (!isSigned) return new NotAccepted('wrong panel signature', keyId);
    if (!TIMESTAMP.test(timestamp) || isOld(Number(timestamp)))
      return new NotAccepted('panel timestamp too far', keyId);
    if (!NONCE.test(nonce)) return new NotAccepted('panel nonce malformed', keyId);
    if (!credential.scopes.includes(SCOPE)) return new NotAccepted('panel credential without the scope', keyId);
    if (!credential.networks.has(asked.network)) return new NotAccepted('panel network not listed', keyId);
    if (!nonces.use(credential.id, nonce, nowMs())) return new NotAccepted('panel nonce repeated', keyId);
    const { nodeId, secret, id } = credential;
    return { kind: 'panel', account: nodeId, nodeId, credentialId: id, secret, nonce };
  }

  const panel = (asked: Asked, keyId: string): Caller | NotAccepted | Promise<Caller | NotAccepted> => {
    if (!KEY_ID.test(keyId) || (isGuessing(asked.network) && !panels.wasKnown(keyId)))
      return asPanel(asked, keyId, null);
    const found = panels.get(keyId);
    return found instanceof Promise
      ? found.then((credential) => asPanel(asked, keyId, credential))
      : asPanel(asked, keyId, found);
  };

  const apiKey = async (asked: Asked, authorization: string): Promise<Caller | NotAccepted> => {
    const token = /^Bearer ([\x21-\x7e]{1,500})$/i.exec(authorization)?.[1];
    if (!token) return new NotAccepted('malformed bearer token');
    const hash = sha256(token).toString('base64');
    if (isGuessing(asked.network) && !keys.wasKnown(hash)) return new NotAccepted('unknown API key');
    const key = await keys.get(hash);
    if (!key) return new NotAccepted('unknown API key');
    if (!key.scopes.includes(SCOPE)) return new NotAccepted('API key without the scope');
    if (!key.networks.has(asked.network)) return new NotAccepted('API key network not listed');
    return { ...ANYBODY, kind: 'api_key', account: key.id };
  };

  const legacy = (asked: Asked, signature: string): Caller | NotAccepted => {
    if (!legacySecret) return new NotAccepted('legacy signing is off');
    const expected = legacySignature(legacySecret, {
      check: asked.check,
      body: asked.body,
      network: asked.network,
      userAgent: asked.header('user-agent') ?? '',
      acceptLanguage: asked.header('accept-language') ?? '',
    });
    if (!sameSignature(expected, signature)) return new NotAccepted('wrong legacy signature');
    if (typeof asked.check.timestamp !== 'number' || isOld(asked.check.timestamp)) {
      return new NotAccepted('legacy timestamp too far');
    }
    if (!nonces.use('legacy', signature, nowMs())) return new NotAccepted('legacy signature repeated');
    return { ...ANYBODY, kind: 'legacy', account: asked.network };
  };

  const unsigned = async (asked: Asked): Promise<Caller | NotAccepted> => {
    const node = sources.get(asked.network);
    const nodeId = node === undefined ? null : await nodes.get(node);
    if (nodeId === null) return new NotAccepted('unsigned');
    return { ...ANYBODY, kind: 'unsigned', account: asked.network, nodeId };
  };

  return {
    /** @throws Overloaded, or the database's error: then nobody knows who asks, and nobody is refused for it */
    identify(asked: Asked): Caller | NotAccepted | Promise<Caller | NotAccepted> {
      const keyId = asked.header('x-panel-id');
      if (keyId !== undefined) return panel(asked, keyId);
      const authorization = asked.header('authorization');
      if (authorization !== undefined) return apiKey(asked, authorization);
      const { signature } = asked.check;
      if (typeof signature === 'string') return legacy(asked, signature);
      return unsigned(asked);
    },
    nonces: nonces as Pick<NonceMemory, 'size'>,
  };
}

const EVERYWHERE: Networks = { has: () => true };
const NOWHERE: Networks = { has: () => false };

/** No list means everywhere; a list with a mistake in it means nowhere, for no guess at it is safe. */
function networksOf(list: readonly string[]): Networks {
  if (list.length === 0) return EVERYWHERE;
  try {
    return addressList(list);
  } catch {
    return NOWHERE;
  }
}

const ANYBODY = { nodeId: null, credentialId: null, secret: null, nonce: null };

/** @throws Error naming the entry that is not `<node name>=<address>`, or whose address has a node already */
function unsignedSources(entries: readonly string[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const entry of entries) {
    const [node = '', text = ''] = entry.split(/=(?=[^=]*$)/);
    const address = clientAddress(text.trim(), undefined, NOWHERE);
    if (!node.trim() || address === 'unknown') {
      throw new Error(`LEGACY_UNSIGNED_SOURCES: "${entry}" is not <node name>=<address>.`);
    }
    if (sources.has(address)) {
      throw new Error(`LEGACY_UNSIGNED_SOURCES: ${address} stands for one node only, not for ${node.trim()} too.`);
    }
    sources.set(address, node.trim());
  }
  return sources;
}
