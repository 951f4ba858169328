import { describe, expect, it } from '@jest/globals';
import { composeEnvironment } from '#cli/compose-env.ts';
import { readBy } from '#cli/start/environment.ts';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { productionRefusals } from '#domain/configuration/production.ts';
import { WORKER_MEMORY } from '#worker/memory.ts';
import { CLI_VERSION } from '../cli-version.ts';
import { NAMESPACE } from '../search-attributes.ts';
import { filledIn, parseCompose, read, schemaErrors, type Service } from './testing/compose-files.ts';

const text = read('docker-compose.yml');
const compose = parseCompose(text);
const { services } = compose;
const networksOf = ({ networks }: Service) => networks as string[];
const environment = (name: string) => services[name]?.environment ?? {};
const ONE_SHOTS = ['temporal-schema', 'temporal-namespace', 'migrate'];
/** Run by hand, or by cron. */
const COMMANDS = ['tools', 'backup', 'restore'];
const all = Object.entries(services);

describe('docker-compose.yml', () => {
  it('is valid by the schema of the Compose Specification', () => {
    expect(schemaErrors(compose)).toBeNull();
  });

  it('starts in the order of what each needs', () => {
    const needs = (name: string) =>
      Object.entries(services[name]?.depends_on ?? {}).map(([other, { condition }]) => `${other} ${condition}`);
    expect(needs('temporal-schema')).toEqual(['postgres service_healthy']);
    expect(needs('temporal')).toEqual(['temporal-schema service_completed_successfully']);
    expect(needs('temporal-namespace')).toEqual(['temporal service_healthy']);
    expect(needs('migrate')).toEqual(['postgres service_healthy']);
    for (const name of ['api', 'worker']) {
      expect(needs(name).sort()).toEqual([
        'migrate service_completed_successfully',
        'temporal-namespace service_completed_successfully',
      ]);
    }
  });

  it('names for the API and the worker only what their configuration knows', () => {
    // What both share is written once, also where only one of them reads it.
    const known = [...readBy('api'), ...readBy('worker'), ...Object.keys(WORKER_MEMORY)];
    for (const name of ['api', 'worker']) expect(known).toEqual(expect.arrayContaining(Object.keys(environment(name))));
    expect(readBy('migrate')).toEqual(expect.arrayContaining(Object.keys(environment('migrate'))));
    expect(readBy('tools')).toEqual(expect.arrayContaining(Object.keys(environment('tools'))));
    expect(readBy('backup')).toEqual(expect.arrayContaining(Object.keys(environment('backup'))));
    expect(readBy('backup')).toEqual(expect.arrayContaining(Object.keys(environment('restore'))));
    expect(readBy('namespace')).toEqual(expect.arrayContaining(Object.keys(environment('temporal-namespace'))));
  });

  it('AUTH-15: gives the API and the worker a configuration that production accepts, once its .env is filled in', () => {
    for (const name of ['api', 'worker'] as const) {
      const configuration = readConfiguration(name, filledIn(environment(name)));
      expect(configuration).toMatchObject({ NODE_ENV: 'production', TEMPORAL_NAMESPACE: NAMESPACE });
      expect(productionRefusals(configuration, { node: { args: [], env: {} }, database: [] })).toEqual([]);
    }
  });

  it('asks for exactly what `hostwright compose-env` makes or names', () => {
    const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    const named = composeEnvironment().match(/^\w+(?==)/gm);
    expect([...required].sort()).toEqual([...named!].sort());
  });

  it('believes the address of a visitor from a proxy on this machine only', () => {
    const [{ gateway }] = compose.networks.published!.ipam!.config;
    expect(environment('api').TRUSTED_PROXIES).toBe(`\${TRUSTED_PROXIES:-${gateway}}`);
  });

  it('runs the versions that the sandbox and the tests run', () => {
    expect(CLI_VERSION).toBe('1.9.1');
    expect(services.temporal!.image).toBe('temporalio/server:1.32.0');
    expect(services['temporal-schema']!.image).toBe('temporalio/admin-tools:1.32.0');
    expect(services['temporal-ui']!.image).toBe('temporalio/ui:2.54.1');
    expect(services.postgres!.image).toBe('postgres:18.4');
  });

  it('sets the number of history shards before the first start, since it can never be changed', () => {
    expect(environment('temporal').NUM_HISTORY_SHARDS).toBe('512');
  });

  it('AUD-03: keeps heads of the audit where only the worker writes, and the database is not', () => {
    const mounts = (name: string) => (services[name]?.volumes ?? []).filter((volume) => volume.startsWith('audit:'));
    expect(environment('worker').AUDIT_HEADS_FILE).toBe('/audit/heads.jsonl');
    expect(all.map(([name]) => [name, mounts(name)]).filter(([, found]) => found!.length > 0)).toEqual([
      ['worker', ['audit:/audit']],
      ['tools', ['audit:/audit:ro']],
    ]);
    expect(read('Dockerfile')).toMatch(/--owner node .*\/audit$/m);
  });

  it('starts the worker with its memory bounded', () => {
    expect(environment('worker')).toMatchObject(WORKER_MEMORY);
  });

  it('SECR-08: backs up the whole cluster as the user who restores it, and gives a restore no way out', () => {
    const { user } = services.backup!;
    expect(services.restore).toMatchObject({ user, network_mode: 'none' });
    expect(read('Dockerfile')).toContain(
      `--owner ${user!.split(':')[0]} --group ${user!.split(':')[1]} --mode 1777 /cluster`,
    );
    expect(services.restore!.volumes).toContain('postgres:/cluster');
    expect(environment('restore')).not.toHaveProperty('DATABASE_BACKUP_URL');
    expect(read('.dockerignore').split('\n')).toContain('backups');
  });

  it('has no virtual time where real customers are', () => {
    expect(read('temporal-config/compose/dynamic-config.yaml')).not.toMatch(/TimeSkipping/);
  });
});

describe('OPS-01: safe defaults', () => {
  it.each(all)('%s is not root, cannot write to its image, and has no capability', (_name, service) => {
    expect(service).toMatchObject({
      user: expect.not.stringMatching(/^(root|0)(:|$)/),
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('publishes ports on loopback only, and neither the database nor Temporal', () => {
    const published = all.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
    expect(published).toEqual(['temporal-ui 127.0.0.1:8233:8080', 'api 127.0.0.1:3000:3000']);
    for (const name of ['postgres', 'temporal']) {
      expect(networksOf(services[name]!).every((network) => compose.networks[network]?.internal)).toBe(true);
    }
  });

  it('contains no usable secret', () => {
    for (const [, { environment: values = {} }] of all) {
      for (const [name, value] of Object.entries(values)) {
        if (/PASSWORD|PWD|SECRET|KEYS?$|PEPPER/.test(name)) expect(value).toMatch(/^\$\{\w+:[?-]\}$/);
        if (name.startsWith('DATABASE_') && name.endsWith('_URL')) {
          expect(value).toMatch(
            name === 'DATABASE_BACKUP_URL'
              ? /^postgres:\/\/postgres:\$\{\w+:\?\}@postgres:5432\/postgres$/
              : /^(postgres:\/\/hostwright_\w+:\$\{\w+:\?\}@postgres:5432\/hostwright|\$\{DATABASE_(CUSTOMER|STAFF)_URL:-\})$/,
          );
        }
      }
    }
    expect(composeEnvironment()).not.toBe(composeEnvironment());
  });

  it('SECR-02: says no secret in the arguments of a process, where everybody on the machine reads it', () => {
    const secret = /\$\{?\w*(PASSWORD|PWD|SECRET|TOKEN|KEYS?|PEPPER)\b/;
    const parts = (service: Service) => [service.command, service.entrypoint, service.healthcheck];
    for (const [name, service] of all)
      expect([name, JSON.stringify(parts(service))]).toEqual([name, expect.not.stringMatching(secret)]);
    for (const script of ['create-databases.sh', 'update-schema.sh']) {
      expect([script, read(`temporal-config/compose/${script}`)]).toEqual([script, expect.not.stringMatching(secret)]);
    }
    expect(read('Dockerfile')).not.toMatch(secret);
    expect(read('temporal-config/compose/create-databases.sh')).toContain('\\getenv product DATABASE_OWNER_PASSWORD');
  });

  it('watches over everything that stays', () => {
    for (const [name, { healthcheck, restart, profiles }] of all) {
      if (COMMANDS.includes(name)) expect({ restart, profiles }).toEqual({ restart: 'no', profiles: ['tools'] });
      else if (ONE_SHOTS.includes(name)) expect(restart).toBe('on-failure:5');
      else
        expect({ name, healthcheck, restart }).toMatchObject({
          healthcheck: expect.anything(),
          restart: 'unless-stopped',
        });
    }
  });
});
