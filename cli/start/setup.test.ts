import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { emptyData } from './fresh.ts';
import { choosePorts, PORTS } from './processes/ports.ts';
import { openSecrets } from './processes/secrets.ts';

let folder: ReturnType<typeof temporaryFolder>;
const servers: Server[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  folder.remove();
});

/** Listens on a free port, so that it is taken. */
const taken = (host: string) =>
  new Promise<number>((resolve) => {
    const server = createServer();
    servers.push(server);
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });

describe('ports', () => {
  it.each(['127.0.0.1', '0.0.0.0'])(
    'one that is taken on %s is replaced by the next free one, said aloud',
    async (host) => {
      const port = await taken(host);
      folder.write('ports.json', JSON.stringify({ api: port }));
      const moved: unknown[] = [];
      const ports = await choosePorts(folder.file('ports.json'), ['api'], (...each) => moved.push(each));
      expect(ports.api).toBeGreaterThan(port);
      expect(moved).toEqual([['api', port, ports.api]]);
    },
  );

  it('stay what they were at the start before', async () => {
    const port = await taken('127.0.0.1');
    folder.write('ports.json', JSON.stringify({ api: port }));
    const choose = () => choosePorts(folder.file('ports.json'), ['api'], () => {});
    const first = await choose();
    for (const server of servers.splice(0)) server.close();
    expect(await choose()).toEqual(first);
  });

  it('are never given twice', async () => {
    const port = (await taken('127.0.0.1')) + 1;
    folder.write('ports.json', JSON.stringify({ api: port, worker: port, stripe: port }));
    const ports = await choosePorts(folder.file('ports.json'), ['api', 'worker', 'stripe'], () => {});
    expect(new Set([ports.api, ports.worker, ports.stripe]).size).toBe(3);
  });

  it('all lie below those that systems hand out for outgoing connections', () => {
    expect(Math.max(...Object.values(PORTS))).toBeLessThan(32_768);
  });
});

describe('secrets', () => {
  it('SECR-02: are made once, each its own, and only their owner may read them', () => {
    const file = folder.file('secrets.json');
    const secrets = openSecrets(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length);
    expect(openSecrets(file)).toEqual(secrets);
  });

  it('that a new version adds are made, and those that exist stay', () => {
    const { payloadKey, ...others } = openSecrets(folder.file('secrets.json'));
    folder.write('secrets.json', JSON.stringify(others), 0o600);
    const now = openSecrets(folder.file('secrets.json'));
    expect(now).toMatchObject(others);
    expect(now.payloadKey).not.toBe(payloadKey);
    expect(JSON.parse(readFileSync(folder.file('secrets.json'), 'utf8'))).toEqual(now);
  });
});

describe('--fresh', () => {
  it('without a terminal to ask on needs --yes', async () => {
    folder.write('postgres/PG_VERSION', '18');
    await expect(emptyData(folder.path, false)).rejects.toMatchObject({ waysOut: [expect.stringContaining('--yes')] });
    expect(readdirSync(folder.path)).toEqual(['postgres']);
  });

  it('empties the data, and leaves the lock of whoever does it', async () => {
    folder.write('postgres/PG_VERSION', '18');
    folder.write('secrets.json', '{}');
    folder.write('start.lock', '{}');
    mkdirSync(folder.file('logs'));
    expect(await emptyData(folder.path, true)).toBe(true);
    expect(readdirSync(folder.path)).toEqual(['start.lock']);
  });
});
