import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { productionRefusals } from '#domain/configuration/production.ts';
import { filledIn, merged, parseCompose, read, schemaErrors, withoutTags } from './testing/compose-files.ts';

const text = read('docker-compose.replicas.yml');
const over = parseCompose(text);
const { services, networks } = merged(parseCompose(read('docker-compose.yml')), over);
const proxyConfiguration = read('temporal-config/compose/haproxy.cfg');
const ONE_SHOTS = ['temporal-schema', 'temporal-namespace', 'migrate', 'tools', 'backup', 'restore'];
const staying = Object.entries(services).filter(([name]) => !ONE_SHOTS.includes(name));
const seconds = (text = '10s') => Number.parseInt(text, 10) * (text.endsWith('m') ? 60 : 1);

describe('docker-compose.replicas.yml', () => {
  it('is valid by the schema of the Compose Specification, by itself and on top of docker-compose.yml', () => {
    expect(schemaErrors(withoutTags(over))).toBeNull();
    expect(schemaErrors({ services, networks, volumes: { postgres: {}, audit: {} } })).toBeNull();
  });

  it('runs several of what keeps nothing, and one of what keeps all', () => {
    expect(services.api!.deploy!.replicas).toBeGreaterThan(1);
    expect(services.worker!.deploy!.replicas).toBeGreaterThan(1);
    expect(services.postgres!.deploy!.replicas).toBeUndefined();
  });

  it('LIM-02: counts limits for all replicas of the API together', () => {
    expect(Number(services.api!.environment!.API_LIMIT_FACTOR) * services.api!.deploy!.replicas!).toBe(1);
  });

  it.each(staying)('%s has its share of the machine, is watched, and gets time to end', (name, service) => {
    expect(service.deploy?.resources?.limits).toEqual({ cpus: expect.any(String), memory: expect.any(String) });
    expect(service.healthcheck).toBeDefined();
    expect(service.restart).toBe('unless-stopped');
    // A worker ends within 8 seconds.
    expect(seconds(service.stop_grace_period)).toBeGreaterThanOrEqual(name === 'worker' ? 15 : 10);
  });

  it('OPS-01: publishes the proxy alone, to everybody, and the Temporal UI to this machine', () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published.toSorted()).toEqual(['proxy 443:443', 'proxy 80:80', 'temporal-ui 127.0.0.1:8233:8080']);
    expect(services.proxy).toMatchObject({
      user: 'haproxy',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('lets the API believe the address of a visitor from the proxy, and from nobody else', () => {
    const { ipv4_address: proxy } = (services.proxy!.networks as Record<string, { ipv4_address: string }>).front!;
    expect(services.api!.environment!.TRUSTED_PROXIES).toBe(proxy);
    expect(services.api!.networks).toEqual(['database', 'temporal', 'front']);
    expect(networks.front!.ipam!.config[0].subnet).toBe(proxy.replace(/\.\d+$/, '.0/24'));
    expect(proxyConfiguration).toMatch(/^ {2}http-request set-header X-Forwarded-For %\[src\]$/m);
  });

  it('AUTH-15: gives the API and the worker a configuration that production accepts', () => {
    for (const name of ['api', 'worker'] as const) {
      const configuration = readConfiguration(name, filledIn(services[name]!.environment!));
      expect(productionRefusals(configuration, { node: { args: [], env: {} }, database: [] })).toEqual([]);
    }
  });

  it('pins the proxy, and asks it to try the others only for what never reached a replica', () => {
    expect(services.proxy!.image).toMatch(/^haproxy:\d+\.\d+\.\d+-alpine$/);
    expect(proxyConfiguration).toMatch(/^ {2}retry-on conn-failure$/m);
    expect(proxyConfiguration.match(/option httpchk GET \/(readyz|healthz)/g)).toHaveLength(2);
  });

  it('tells nobody outside how the processes are', () => {
    expect(proxyConfiguration).toContain('http-request deny deny_status 404 if { path /metrics /healthz /readyz }');
  });

  it('contains no secret', () => {
    expect(text).not.toMatch(/PASSWORD|PWD|SECRET|KEYS?:|PEPPER/);
  });
});
