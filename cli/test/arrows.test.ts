import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '#cli/root.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';

/** An import in a file of a room, and whether the linter lets it through. */
const CASES: [file: string, imported: string, allowed: boolean][] = [
  ['domain/money/x.ts', '#domain/ids.ts', true],
  ['domain/money/x.ts', '#db/orm.ts', false],
  ['domain/money/x.ts', 'node:fs', false],
  ['db/money/x.ts', '#domain/ids.ts', true],
  ['db/money/x.ts', '#activities/where.ts', false],
  ['db/money/x.ts', '@temporalio/client', false],
  ['workflows/orders/x.ts', '#domain/ids.ts', true],
  ['workflows/orders/x.ts', '#activities/where.ts', false],
  ['workflows/orders/x.ts', 'node:crypto', false],
  ['activities/money/x.ts', '#activities/gateways/gateway.ts', true],
  ['activities/money/x.ts', '#activities/gateways/stripe/adapter.ts', false],
  ['activities/services/accounts/x.ts', '#activities/panels/nextpanel/adapter.ts', false],
  ['activities/orders/x.ts', '#workflows/index.ts', false],
  ['activities/where.ts', '../db/orm.ts', false],
  ['activities/gateways/stripe/x.ts', '#activities/http/vendor.ts', true],
  ['activities/gateways/stripe/x.ts', '#db/orm.ts', false],
  ['activities/gateways/stripe/x.ts', '#activities/money/ledger/ledger.ts', false],
  ['activities/gateways/stripe/x.ts', '#activities/gateways/stripe/simulator/simulator.ts', false],
  ['activities/panels/nextpanel/x.ts', '#activities/desk/incidents.ts', false],
  ['activities/http/x.ts', '#activities/gateways/gateway.ts', false],
  ['api/orders/x.ts', '#db/orm.ts', true],
  ['api/orders/x.ts', '#workflows/messages.ts', true],
  ['api/orders/x.ts', '#workflows/orders/fulfill-order.ts', false],
  ['api/orders/x.ts', '#activities/gateways/stripe/adapter.ts', false],
  ['api/money/webhooks/x.ts', '#activities/gateways/stripe/webhooks/webhook.ts', true],
  ['api/orders/x.ts', 'undici', false],
  ['worker/x.ts', '#activities/index.ts', true],
  ['worker/x.ts', '#cli/root.ts', false],
  ['worker/x.ts', '#api/app.ts', false],
  ['temporal-config/x.ts', '#db/orm.ts', false],
  ['cli/commands/x.ts', '#api/client.ts', true],
  ['cli/commands/x.ts', '#api/app.ts', false],
  ['cli/commands/x.ts', '#activities/index.ts', false],
  ['bench/x.ts', '#api/app.ts', false],
  ['e2e/orders/x.test.ts', '#api/app.ts', false],
  ['e2e/harness/x.ts', '#api/main.ts', true],
  ['ui/src/x.ts', '#api/client.ts', true],
  ['ui/src/x.ts', '#domain/ids.ts', false],
  ['ui/src/x.ts', '../../db/orm.ts', false],
];

const folder = temporaryFolder();
let refused: Set<string>;

beforeAll(() => {
  copyFileSync(join(ROOT, '.oxlintrc.json'), folder.file('.oxlintrc.json'));
  for (const [index, [file, imported]] of CASES.entries()) {
    const path = folder.file(named(file, index));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import * as imported from '${imported}';\nexport const used = imported;\n`);
  }
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--format=json', '.'], {
    cwd: dirname(folder.file('.oxlintrc.json')),
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  refused = new Set(diagnostics.filter(({ code }) => code.includes('restricted')).map(({ filename }) => filename));
});
afterAll(() => folder.remove());

/** One file per case, but those that are about a name. */
const named = (file: string, index: number) => file.replace(/\bx\./, `x${index}.`);

describe('the linter holds the arrows between rooms', () => {
  it.each(CASES.map((each, index) => [...each, index] as const))('%s imports %s: %s', (file, _, allowed, index) => {
    expect(!refused.has(named(file, index))).toBe(allowed);
  });
});
