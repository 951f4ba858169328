import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PANEL_KEY } from '#db/testing/seed.ts';
import { commandLine } from '../harness/command-line.ts';
import { hostwright } from '../harness/command.ts';

const line = commandLine('nodecommands');
const { run } = line;

interface Shown {
  node: { name: string; takes_orders: boolean };
  check: { ok: boolean } | null;
}

const flags = (name: string) => [
  'nodes',
  'add',
  `--name=${name}`,
  `--address=${line.product.vendors.panel.url}`,
  `--key=${PANEL_KEY.apiKey}`,
  '--capacity=40',
  '--location=Amsterdam',
  '--package=starter=4',
];

describe('hostwright nodes', () => {
  it('lists each with its places, its health and whether it takes orders', async () => {
    expect((await run('nodes', 'list')).out).toMatch(
      /^node +address .*\nams-1 +http:\/\/127\.0\.0\.1:\d+ +0 of 1000 +\d+ of 10000000\/h, 10000000\/d +healthy .* yes\n$/,
    );
    expect((await run('nodes', 'list', '--json')).json()).toMatchObject({ nodes: [{ name: 'ams-1' }] });
  });

  it('adds one with the secret from stdin, a file or the environment, and it takes orders at once', async () => {
    const { env } = line;
    const fromStdin = await hostwright(env, [...flags('ams-2'), '--secret-file', '-'], `${PANEL_KEY.apiSecret}\n`);
    expect(fromStdin).toMatchObject({ exit: 0, out: expect.stringContaining('✓ Right to make accounts') });

    const file = join(line.folder.path, 'secret');
    writeFileSync(file, PANEL_KEY.apiSecret);
    const fromFile = await run(
      ...flags('ams-3'),
      '--secret-file',
      file,
      '--off',
      'licenses',
      '--public-address',
      'https://panel.example',
      '--calls-per-hour',
      '500',
      '--json',
    );
    expect(fromFile.json<Shown>()).toMatchObject({
      node: {
        name: 'ams-3',
        public_url: 'https://panel.example',
        calls_per_hour: 500,
        calls_per_day: 9_000,
        takes_orders: true,
        location: 'Amsterdam',
        packages: { starter: '4' },
      },
      check: { ok: true },
    });

    const fromEnvironment = await hostwright({ ...env, HOSTWRIGHT_NODE_SECRET: PANEL_KEY.apiSecret }, flags('ams-4'));
    expect(fromEnvironment.exit).toBe(0);
    for (const { out, err } of [fromStdin, fromFile, fromEnvironment])
      expect(out + err).not.toContain(PANEL_KEY.apiSecret);
  });

  it('says what is missing or wrong, never what the secret is, and adds nothing', async () => {
    const nothing = await run('nodes', 'add', '--name', 'ams-5');
    expect(nothing).toMatchObject({
      exit: 2,
      out: '',
      err: expect.stringMatching(/--address: [\s\S]*--secret-file: /),
    });
    const wrong = await hostwright({ ...line.env, HOSTWRIGHT_NODE_SECRET: 'secret canary' }, [
      'nodes',
      'add',
      '--name',
      'AMS',
      '--address',
      'ftp://x',
      '--key',
      'k',
      '--capacity',
      'many',
    ]);
    expect(wrong).toMatchObject({
      exit: 2,
      err: expect.stringMatching(/--name is lower-case[\s\S]*--address starts with/),
    });
    expect(wrong.err).toMatch(/--secret-file is visible[\s\S]*--capacity/);
    expect(wrong.err).not.toContain('canary');
    expect((await run('nodes', 'list')).out).not.toMatch(/ams-5|AMS/);
  });

  it('adds one whose key the panel refuses, says so, and a test says it again until the key is right', async () => {
    const refused = await hostwright({ ...line.env, HOSTWRIGHT_NODE_SECRET: 'nps_another' }, flags('ams-6'));
    expect(refused).toMatchObject({ exit: 3, out: expect.stringMatching(/✓ Reach the server[\s\S]*✗ .*401/) });
    expect(await run('nodes', 'test', 'ams-6')).toMatchObject({ exit: 1, out: expect.stringContaining('✗ Sign in') });
    expect(await run('nodes', 'test', 'ams-1')).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^ams-1 [\s\S]*✓ Reach the server[\s\S]*✓ Sign in[\s\S]*✓ Right to make accounts/),
    });
    expect(await run('nodes', 'test', 'nowhere')).toMatchObject({ exit: 2, err: expect.stringContaining('ams-6') });
  });
});

it('the figures of nodes and of calls at vendors are where a scraper finds them', async () => {
  const { api, environment } = line.product;
  const told = await (await fetch(`${api}/metrics`, { headers: { authorization: `Bearer ${line.staff.key}` } })).text();
  for (const figure of ['healthy', 'takes_orders']) expect(told).toContain(`hostwright_node_${figure}{node="ams-1"} 1`);
  expect(told).toContain('hostwright_node_places{node="ams-1"} 1000');
  expect(told).toMatch(/hostwright_node_calls_left\{node="ams-1"\} \d{7,}/);
  expect(told).toContain('hostwright_node_places_taken{node="ams-1"} 0');
  const worker = await (await fetch(`http://127.0.0.1:${environment['WORKER_PORT']}/metrics`)).text();
  expect(worker).toContain('hostwright_node_left_alone{node="ams-1"} 0');
  expect(worker).toMatch(/hostwright_vendor_call_seconds_count\{kind="node",.*name="ams-1",status="2xx"\} [1-9]/);
});
