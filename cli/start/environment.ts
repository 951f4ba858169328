import { join } from 'node:path';
import { NAMESPACE } from '#temporal-config/search-attributes.ts';
import type { Ports } from './ports.ts';
import { DATABASE, OWNER } from './postgres.ts';
import type { Secrets } from './secrets.ts';

export const PROCESSES = ['api', 'worker', 'migrate', 'namespace', 'stripe', 'paypal', 'nextpanel', 'mailbox'] as const;
export type ProcessName = (typeof PROCESSES)[number];
export type Environment = Record<string, string>;

export interface Settings {
  /** What the person who starts us has set; it wins over every value below. */
  own: Record<string, string | undefined>;
  ports: Ports;
  secrets: Secrets;
  /** The data folder. */
  data: string;
}

/** The parts we bring along, each until the variable is set that says where the person's own is. */
export const SWITCHES = {
  postgres: 'DATABASE_URL',
  temporal: 'TEMPORAL_ADDRESS',
  stripe: 'STRIPE_SECRET_KEY',
  paypal: 'PAYPAL_CLIENT_ID',
  nextpanel: 'NEXTPANEL_URL',
  mailbox: 'SMTP_HOST',
} as const;
export type Part = keyof typeof SWITCHES;

export const isEmbedded = (own: Settings['own'], part: Part): boolean => !own[SWITCHES[part]];

interface Variable {
  name: string;
  /** Which processes get it; no other does. */
  to: readonly ProcessName[];
  /** What it is unless set from outside; left out where undefined. */
  value(settings: Settings): string | undefined;
}

const SIMULATORS = ['stripe', 'paypal', 'nextpanel', 'mailbox'] as const;
const SERVERS = ['api', 'worker'] as const;
/** Only where the vendor is ours: the address and keys of the simulator. A real vendor's come from outside. */
const simulated = (part: Part, value: (settings: Settings) => string) => (settings: Settings) =>
  isEmbedded(settings.own, part) ? value(settings) : undefined;
const secret = (name: keyof Secrets) => (settings: Settings) => settings.secrets[name];
const local = (port: keyof Ports) => (settings: Settings) => `http://127.0.0.1:${settings.ports[port]}`;

/** A connection of one role to the database, ours or the person's own. */
const database = (role: string, password: keyof Secrets) => (settings: Settings) => {
  const url = new URL(ownerUrl(settings));
  url.username = role;
  url.password = settings.secrets[password];
  return url.href;
};

/** Of the role that owns the tables and may make roles. */
export const ownerUrl = ({ own, ports, secrets }: Settings): string =>
  own.DATABASE_URL ?? `postgres://${OWNER}:${secrets.databaseOwnerPassword}@127.0.0.1:${ports.postgres}/${DATABASE}`;

/** Every environment variable that the launcher hands to a process. */
export const VARIABLES: readonly Variable[] = [
  { name: 'NODE_ENV', to: PROCESSES, value: () => 'development' },
  { name: 'LOG_LEVEL', to: PROCESSES, value: () => 'info' },

  { name: 'HOST', to: ['api'], value: () => '127.0.0.1' },
  { name: 'PORT', to: ['api'], value: ({ ports }) => String(ports.api) },
  { name: 'PUBLIC_URL', to: SERVERS, value: ({ ports }) => `http://localhost:${ports.api}` },
  { name: 'WORKER_PORT', to: ['worker'], value: ({ ports }) => String(ports.worker) },
  { name: 'WORKFLOW_BUNDLE', to: ['worker'], value: ({ data }) => join(data, 'workflows.js') },
  /** The sandbox: virtual time and simulators may be steered. */
  {
    name: 'SANDBOX',
    to: SERVERS,
    value: ({ own }) => String((Object.keys(SWITCHES) as Part[]).every((part) => isEmbedded(own, part))),
  },

  { name: 'DATABASE_OWNER_URL', to: ['migrate'], value: ownerUrl },
  { name: 'DATABASE_API_URL', to: ['migrate', 'api'], value: database('hostwright_api', 'databaseApiPassword') },
  {
    name: 'DATABASE_LICENSE_URL',
    to: ['migrate', 'api'],
    value: database('hostwright_license', 'databaseLicensePassword'),
  },
  {
    name: 'DATABASE_WORKER_URL',
    to: ['migrate', 'worker'],
    value: database('hostwright_worker', 'databaseWorkerPassword'),
  },
  {
    name: 'DATABASE_READONLY_URL',
    to: ['migrate'],
    value: database('hostwright_readonly', 'databaseReadonlyPassword'),
  },

  { name: 'TEMPORAL_ADDRESS', to: [...SERVERS, 'namespace'], value: ({ ports }) => `127.0.0.1:${ports.temporal}` },
  { name: 'TEMPORAL_NAMESPACE', to: [...SERVERS, 'namespace'], value: () => NAMESPACE },
  { name: 'TEMPORAL_API_KEY', to: [...SERVERS, 'namespace'], value: () => undefined },
  { name: 'TEMPORAL_TLS', to: [...SERVERS, 'namespace'], value: () => undefined },
  { name: 'TEMPORAL_UI_URL', to: ['api'], value: ({ ports }) => `http://localhost:${ports.temporalUi}` },

  { name: 'PAYLOAD_KEY', to: SERVERS, value: secret('payloadKey') },
  { name: 'SEALING_KEY', to: SERVERS, value: secret('sealingKey') },
  { name: 'LICENSE_PEPPER', to: SERVERS, value: secret('licensePepper') },
  { name: 'LICENSE_SIGNING_KEY', to: SERVERS, value: secret('licenseSigningKey') },
  { name: 'SESSION_KEY', to: ['api'], value: secret('sessionKey') },

  { name: 'STRIPE_SECRET_KEY', to: ['worker', 'stripe'], value: simulated('stripe', secret('stripeSecretKey')) },
  { name: 'STRIPE_WEBHOOK_SECRET', to: ['api', 'stripe'], value: simulated('stripe', secret('stripeWebhookSecret')) },
  { name: 'STRIPE_API_URL', to: ['worker'], value: simulated('stripe', local('stripe')) },

  { name: 'PAYPAL_CLIENT_ID', to: ['worker', 'paypal'], value: simulated('paypal', secret('paypalClientId')) },
  { name: 'PAYPAL_CLIENT_SECRET', to: ['worker', 'paypal'], value: simulated('paypal', secret('paypalClientSecret')) },
  { name: 'PAYPAL_WEBHOOK_ID', to: ['api', 'worker', 'paypal'], value: simulated('paypal', secret('paypalWebhookId')) },
  { name: 'PAYPAL_API_URL', to: ['api', 'worker'], value: simulated('paypal', local('paypal')) },

  { name: 'NEXTPANEL_URL', to: ['worker'], value: simulated('nextpanel', local('nextpanel')) },
  { name: 'NEXTPANEL_TOKEN', to: ['worker', 'nextpanel'], value: simulated('nextpanel', secret('nextpanelToken')) },

  { name: 'SMTP_HOST', to: ['worker'], value: simulated('mailbox', () => '127.0.0.1') },
  { name: 'SMTP_PORT', to: ['worker', 'mailbox'], value: simulated('mailbox', ({ ports }) => String(ports.smtp)) },
  { name: 'SMTP_USER', to: ['worker', 'mailbox'], value: simulated('mailbox', () => 'hostwright') },
  { name: 'SMTP_PASSWORD', to: ['worker', 'mailbox'], value: simulated('mailbox', secret('smtpPassword')) },
  { name: 'MAIL_FROM', to: ['worker'], value: simulated('mailbox', () => 'Hostwright <billing@hostwright.example>') },

  { name: 'SIMULATOR_STATE', to: SIMULATORS, value: ({ data }) => join(data, 'simulators') },
  { name: 'SIMULATOR_WEBHOOK_BASE', to: ['stripe', 'paypal'], value: local('api') },
];

/** What every program needs of the system it runs on. */
const SYSTEM = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
];

export function systemEnvironment(own: Settings['own']): Environment {
  return Object.fromEntries(SYSTEM.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]])));
}

/** All of a process's environment. */
export function environmentOf(process: ProcessName, settings: Settings): Environment {
  const table = VARIABLES.filter(({ to }) => to.includes(process)).flatMap(({ name, value }) => {
    const text = settings.own[name] ?? value(settings);
    return text === undefined ? [] : [[name, text] as const];
  });
  return { ...systemEnvironment(settings.own), ...Object.fromEntries(table) };
}
