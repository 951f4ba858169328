import { VARIABLES, type Configuration } from './configuration.ts';
import { unsafeNode, type NodeStart } from './unsafe-node.ts';
import type { Variable } from './variable.ts';

/** The one key that documentation shows; it works nowhere but in the sandbox. */
export const EXAMPLE_KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

/** The database role a process signs in as; `variable` holds its address. */
export interface RoleFacts {
  variable: string;
  role: string;
  superuser: boolean;
  bypassesRls: boolean;
  ownsTables: boolean;
  /** Other roles it is a member of. */
  mayBecome: readonly string[];
}

/** What a process found out about itself and its database before it serves anybody. */
export interface StartFacts {
  node: NodeStart;
  database: readonly RoleFacts[];
}

type Settings = Partial<Configuration>;

/**
 * Why a process must not start in production (security.md AUTH-15).
 * @returns one sentence each, with the variable and never its value; nothing outside production
 */
export function productionRefusals(config: Settings, { node, database }: StartFacts): string[] {
  if (config.NODE_ENV !== 'production') return [];
  return [
    ...secretProblems(config),
    ...settingProblems(config),
    ...unsafeNode(node),
    ...database.flatMap(({ variable, role, superuser, bypassesRls, ownsTables, mayBecome }) => {
      const why = superuser
        ? 'is a superuser'
        : bypassesRls
          ? 'bypasses row-level security'
          : ownsTables
            ? 'owns tables'
            : mayBecome.length > 0
              ? `may become ${mayBecome.join(' and ')}`
              : undefined;
      return why ? [`${variable} signs in as ${role}, which ${why}: use the role that migrations made for it.`] : [];
    }),
  ];
}

/**
 * Ends a start that would not be safe in production.
 * @throws Error with everything that is wrong, each with its variable and never its value
 */
export function refuseUnsafeStart(config: Settings, facts: StartFacts): void {
  const refusals = productionRefusals(config, facts);
  if (refusals.length > 0) {
    throw new Error(
      `This is not safe in production:\n  ${refusals.join('\n  ')}\nMend it, or set NODE_ENV to development for a trial.`,
    );
  }
}

function settingProblems({ LOG_LEVEL, PUBLIC_URL, TRUSTED_PROXIES, CODEC_UI_TOKEN, ...config }: Settings): string[] {
  return [
    ...(LOG_LEVEL === 'debug' ? ['LOG_LEVEL is debug: use info.'] : []),
    ...(PUBLIC_URL && !PUBLIC_URL.startsWith('https://') ? ['PUBLIC_URL is not https.'] : []),
    // We speak plain HTTP, so https means a proxy, and without its address every visitor would look like it.
    ...(TRUSTED_PROXIES?.length === 0
      ? ['TRUSTED_PROXIES is empty: name the addresses of the proxy that ends TLS, so that limits count visitors.']
      : []),
    ...(CODEC_UI_TOKEN
      ? ['CODEC_UI_TOKEN is for the sandbox: leave it out; staff read payloads with their session.']
      : []),
    ...sandboxProblems(config),
  ];
}

/** What only a simulator needs, and what makes a simulator of a vendor. */
function sandboxProblems(config: Settings): string[] {
  const set = config as Record<string, unknown>;
  return Object.entries<Variable>(VARIABLES).flatMap(([name, { sandboxOnly }]) => {
    if (sandboxOnly === true && set[name]) return [`${name} is for simulators: leave it out.`];
    return sandboxOnly && set[name] === sandboxOnly ? [`${name} is ${sandboxOnly}: name the real one.`] : [];
  });
}

/** Our own secrets, each with a name to tell it by; what vendors give out is not ours to measure. */
function ownSecrets(config: Settings): { name: string; bytes: Buffer; text: string }[] {
  const rings = (['SEAL_KEYS', 'TEMPORAL_PAYLOAD_KEYS'] as const).flatMap((variable) =>
    (config[variable] ?? []).map(({ id, key }) => ({
      name: `${variable} "${id}"`,
      bytes: key,
      text: key.toString('base64'),
    })),
  );
  const single = (['SESSION_SECRET', 'LICENSE_PEPPER'] as const).flatMap((name) => {
    const text = config[name];
    return text === undefined ? [] : [{ name, bytes: Buffer.from(text, 'base64'), text }];
  });
  const { AUDIT_HEAD_KEY: signs, LEGACY_LICENSE_SECRET: legacy } = config;
  return [
    ...rings,
    ...single,
    ...(signs ? [{ name: 'AUDIT_HEAD_KEY', bytes: signs.key, text: signs.key.toString('base64') }] : []),
    ...(legacy ? [{ name: 'LEGACY_LICENSE_SECRET', bytes: Buffer.from(legacy), text: legacy }] : []),
  ];
}

function secretProblems(config: Settings): string[] {
  const secrets = ownSecrets(config);
  const problems = secrets.flatMap(({ name, bytes, text }) => {
    if (text === EXAMPLE_KEY) return [`${name} is the example of the documentation: make your own.`];
    if (bytes.length < 32) return [`${name} has less than 256 bits.`];
    if (!looksRandom(bytes)) return [`${name} is not random: make it with \`openssl rand -base64 32\`.`];
    return [];
  });
  const meanings = secrets.map(({ bytes, text }) => readingsOf(text).add(bytes.toString('hex')));
  // Compared by what they stand for: one secret in two spellings is one secret.
  const shared = secrets.filter((_, i) =>
    meanings.slice(0, i).some((other) => [...meanings[i]!].some((bytes) => other.has(bytes))),
  );
  return [
    ...problems,
    ...shared.map(({ name }) => `${name} is the same as another secret: each purpose needs its own.`),
  ];
}

/** Every row of bytes a text can stand for, as hex: itself, base64 in either alphabet with or without padding, and hex. */
function readingsOf(text: string): Set<string> {
  return new Set([
    Buffer.from(text).toString('hex'),
    ...(/^[\w+/-]+=*$/.test(text) ? [Buffer.from(text, 'base64').toString('hex')] : []),
    ...(/^([0-9a-f]{2})+$/i.test(text) ? [text.toLowerCase()] : []),
  ]);
}

/** Of 32 random bytes about 30 differ, of 32 random hex digits about 14; what people make up repeats or counts. */
function looksRandom(bytes: Buffer): boolean {
  const hex = /^[0-9a-f]+$/i.test(bytes.toString('latin1'));
  const steps = new Set(bytes.subarray(1).map((byte, i) => (byte - bytes[i]!) & 0xff));
  return new Set(bytes).size >= (hex ? 8 : 16) && steps.size >= 8;
}
