import { join } from 'node:path';
import { LOGIN_ROLES } from '#db/roles.ts';
import { VARIABLES } from '#domain/configuration/configuration.ts';
import type { Reader } from '#domain/configuration/variable.ts';
import { NAMESPACE } from '#temporal-config/search-attributes.ts';
import type { Ports } from './processes/ports.ts';
import { DATABASE, OWNER, superuserUrl } from './services/postgres.ts';
import type { Secrets } from './processes/secrets.ts';
import type { SandboxValue } from './sandbox/sandbox-vendor.ts';
import { SANDBOX, SIMULATORS, type SimulatorName } from './sandbox/vendors.ts';

export type Environment = Record<string, string>;

export interface Settings {
  /** What the person who starts us has set; it wins over what we would say, except where only we can know. */
  own: Record<string, string | undefined>;
  ports: Ports;
  secrets: Secrets;
  /** The data folder. */
  data: string;
  /** What simulators said of whose signatures are to be believed; known once they run. */
  trust?: Partial<Record<SimulatorName, string>>;
}

/** Our own programs. What `api` and `worker` read is told by the product's configuration, the rest here. */
export type ProcessName = Reader | 'migrate' | 'namespace' | 'tools' | 'backup' | SimulatorName;

/** The parts we bring along, each until the variable is set that says where the person's own is. */
export const SWITCHES = {
  postgres: 'DATABASE_URL',
  temporal: 'TEMPORAL_ADDRESS',
  ...Object.fromEntries(SIMULATORS.map((name) => [name, SANDBOX[name].switch])),
} as Record<Part, string>;
export type Part = 'postgres' | 'temporal' | SimulatorName;

export const isEmbedded = (own: Settings['own'], part: Part): boolean => !own[SWITCHES[part]];

/** Of the role that owns the tables and may make roles. */
export const ownerUrl = ({ own, ports, secrets }: Settings): string =>
  own.DATABASE_URL ?? `postgres://${OWNER}:${secrets.databaseOwnerPassword}@127.0.0.1:${ports.postgres}/${DATABASE}`;

type Value = (settings: Settings) => string | undefined;

const secret =
  (name: keyof Secrets): Value =>
  ({ secrets }) =>
    secrets[name];
const keyring =
  (name: keyof Secrets): Value =>
  ({ secrets }) =>
    `local:${secrets[name]}`;
const port =
  (name: keyof Ports): Value =>
  ({ ports }) =>
    String(ports[name]);
const address =
  (name: keyof Ports, host = '127.0.0.1'): Value =>
  ({ ports }) =>
    `http://${host}:${ports[name]}`;
/** Only where the vendor is a simulator of ours: a real vendor's values come from outside. */
const simulated =
  (part: Part, value: Value): Value =>
  (settings) =>
    isEmbedded(settings.own, part) ? value(settings) : undefined;
/** One role's connection to the database, ours or the person's own. */
const connection =
  (role: string, password: keyof Secrets): Value =>
  (settings) => {
    const url = new URL(ownerUrl(settings));
    url.username = role;
    url.password = settings.secrets[password];
    return url.href;
  };

/** Only we can know these: a variable of the same name outside means something else. */
const OURS: Record<string, Value> = {
  NODE_ENV: () => 'development',
  API_HOST: () => '127.0.0.1',
  API_PORT: port('api'),
  WORKER_PORT: port('worker'),
  PUBLIC_URL: address('api', 'localhost'),
  WORKFLOW_BUNDLE: ({ data }) => join(data, 'workflows.js'),
  DATABASE_OWNER_URL: ownerUrl,
  SIMULATOR_STATE: ({ data }) => join(data, 'simulators'),
};

/** What a variable is unless it is set from outside. */
const UNLESS_SET: Record<string, Value> = {
  DATABASE_API_URL: connection('hostwright_api', 'databaseApiPassword'),
  DATABASE_LICENSE_URL: connection('hostwright_license', 'databaseLicensePassword'),
  DATABASE_WORKER_URL: connection('hostwright_worker', 'databaseWorkerPassword'),
  DATABASE_READONLY_URL: connection('hostwright_readonly', 'databaseReadonlyPassword'),
  DATABASE_BACKUP_URL: simulated('postgres', ({ ports, secrets }) =>
    superuserUrl({ port: ports.postgres, superuserPassword: secrets.databaseSuperuserPassword }),
  ),

  TEMPORAL_ADDRESS: ({ ports }) => `127.0.0.1:${ports.temporal}`,
  TEMPORAL_NAMESPACE: () => NAMESPACE,
  TEMPORAL_PAYLOAD_KEYS: keyring('payloadKey'),
  TEMPORAL_UI_URL: simulated('temporal', address('temporalUi', 'localhost')),
  CODEC_UI_TOKEN: simulated('temporal', secret('codecUiToken')),

  SEAL_KEYS: keyring('sealingKey'),
  AUDIT_HEADS_FILE: ({ data }) => join(data, 'audit-heads.jsonl'),
  AUDIT_HEAD_KEY: keyring('auditHeadKey'),
  LICENSE_PEPPER: secret('licensePepper'),
  SESSION_SECRET: secret('sessionSecret'),
  // Everybody on this machine comes from one address.
  API_LIMIT_FACTOR: () => '100',
  ...Object.assign({}, ...SIMULATORS.map(sandboxValues)),
};

/** What our processes are told of one vendor. */
function sandboxValues(name: SimulatorName): Record<string, Value> {
  const { unlessSet, simulated: whileSimulated } = SANDBOX[name];
  const told =
    (value: SandboxValue<string>): Value =>
    ({ secrets, ports, trust }) =>
      value({ secrets, ports, trust: trust?.[name] });
  return {
    ...mapped(unlessSet, told),
    ...mapped(whileSimulated, (value) => simulated(name, told(value))),
  };
}

function mapped<A, B>(values: Record<string, A>, each: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, each(value)]));
}

const SIMULATOR = ['NODE_ENV', 'SIMULATOR_PORT', 'SIMULATOR_STATE'];
const ROLE_URLS = LOGIN_ROLES.map((role) => `DATABASE_${role.toUpperCase()}_URL`);
/** What each of our other programs reads. */
const READ_BY: Record<Exclude<ProcessName, Reader>, readonly string[]> = {
  migrate: ['DATABASE_OWNER_URL', ...ROLE_URLS],
  // The commands that open the database themselves.
  tools: ['DATABASE_OWNER_URL', 'DATABASE_READONLY_URL', 'SEAL_KEYS', 'AUDIT_HEAD_KEY'],
  backup: ['DATABASE_BACKUP_URL', 'BACKUP_RECIPIENT', 'SEAL_KEYS', 'TEMPORAL_PAYLOAD_KEYS', 'LICENSE_PEPPER'],
  namespace: ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_TLS', 'TEMPORAL_API_KEY'],
  ...(mapped(SANDBOX, ({ reads }) => [...SIMULATOR, ...reads]) as Record<SimulatorName, readonly string[]>),
};

/** The same name, another value for each simulator. */
const PER_SIMULATOR: Record<string, (name: SimulatorName, settings: Settings) => string> = {
  SIMULATOR_PORT: (name, { ports }) => String(ports[name]),
  SIMULATOR_WEBHOOK_URL: (name, { own, ports }) =>
    `http://127.0.0.1:${ports.api}/webhooks/${name}/${own[`${name.toUpperCase()}_ACCOUNT`] ?? 'main'}`,
};

/** The names of what a process reads. */
export const readBy = (process: ProcessName): readonly string[] =>
  process === 'api' || process === 'worker'
    ? Object.entries(VARIABLES).flatMap(([name, { readers }]) => (readers.includes(process as never) ? [name] : []))
    : READ_BY[process];

/** All of a process's environment: what it reads and what its system needs, nothing else. */
export function environmentOf(process: ProcessName, settings: Settings): Environment {
  const valueOf = (name: string) =>
    PER_SIMULATOR[name]?.(process as SimulatorName, settings) ??
    (OURS[name] ? OURS[name](settings) : (settings.own[name] ?? UNLESS_SET[name]?.(settings)));
  const values = readBy(process).flatMap((name) => {
    const value = valueOf(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...systemEnvironment(settings.own), ...Object.fromEntries(values) };
}

const OF_THE_SYSTEM = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

/** What every program needs of the system it runs on. */
export function systemEnvironment(own: Settings['own']): Environment {
  const passed = [...OF_THE_SYSTEM, ...PROXIES].flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]]));
  // All they print goes into files.
  return { ...Object.fromEntries(passed), NO_COLOR: '1' };
}
