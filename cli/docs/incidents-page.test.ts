import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { STEP_TITLES } from '#domain/desk/incident-title.ts';
import type { StopReason } from '#domain/workflows/stop.ts';
import { STEPS as MONEY } from '#workflows/money/steps.ts';
import { STEPS as ORDERS } from '#workflows/orders/steps.ts';
import { cancellation, HEALS, type Step } from '#workflows/parking/step.ts';
import { ROOT } from '../root.ts';

const page = readFileSync(join(ROOT, 'docs/incidents.md'), 'utf8');
/** Rows of the table under a heading, as cells. */
const rowsUnder = (heading: string): string[][] =>
  page
    .split(`## ${heading}\n`)[1]!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

/** Every reason there is; the compiler says when one is missing here. */
const REASONS: Record<StopReason, true> = {
  NoFreeNode: true,
  PackageMissing: true,
  NameTaken: true,
  PaymentMismatch: true,
  VendorUnavailable: true,
  OutcomeUnknown: true,
  VendorRefused: true,
  VendorUnauthorized: true,
  SealBroken: true,
  RefundFailed: true,
  OrderEnded: true,
  CancelAsked: true,
  Unexpected: true,
};

describe('docs/incidents.md', () => {
  it('has every step that may park, with the decisions it offers and no others', () => {
    const rows = Object.fromEntries(
      rowsUnder('The steps').map(([name, , , skip, abort]) => [
        name!.replaceAll('`', ''),
        { skip: skip !== '', abort: abort !== '' },
      ]),
    );
    const steps = [...Object.values<Step>({ ...ORDERS, ...MONEY }), cancellation('Undoes the order.')].map(
      ({ name, skip, abort }) => [name, { skip: skip !== undefined, abort: abort !== undefined }],
    );
    expect(rows).toEqual(Object.fromEntries(steps));
  });

  it('every step that may park has words for people', () => {
    const steps = [...Object.values(ORDERS), ...Object.values(MONEY), cancellation('')].map(({ name }) => name);
    expect(steps.filter((name) => STEP_TITLES[name] === undefined)).toEqual([]);
  });

  it('has every reason, and says which of them end by themselves', () => {
    const named = rowsUnder('Reasons').map(([name]) => name!.replaceAll('`', ''));
    expect(named.toSorted()).toEqual(Object.keys(REASONS).toSorted());
    const healing = /That is so for ([^.]*)\./.exec(page.replaceAll('\n', ' '))![1]!;
    expect([...healing.matchAll(/`(\w+)`/g)].map(([, name]) => name).toSorted()).toEqual([...HEALS].toSorted());
  });
});
