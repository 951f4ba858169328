/**
 * What every panel adapter must hold, shown against its simulator: whatever goes wrong, and however often a step is
 * repeated, a service ends with exactly one account. An adapter's test gives a harness and calls `panelContract`.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { usernameFor } from '#domain/services/username.ts';
import type { Fault } from '../simulation/faults.ts';
import type { AccountOutcome, AccountRequest, Panel, PanelAccount } from './panel.ts';
import {
  FAULTS,
  named,
  request,
  SECRET,
  SILENCE_MS,
  UNAVAILABLE,
  UNKNOWN,
  type PanelHarness,
} from './panel.harness.ts';

/** Repeats a step as its workflow would, until it ends or a person would be asked. */
async function untilDone(
  panel: Panel,
  wish: AccountRequest,
  first = panel,
): Promise<{ errors: Error[]; outcome: AccountOutcome }> {
  const errors: Error[] = [];
  for (let tries = 0; tries < 6; tries += 1) {
    try {
      return { errors, outcome: await (tries === 0 ? first : panel).ensureAccount(wish) };
    } catch (error) {
      errors.push(error as Error);
    }
  }
  throw new Error(`not done after 6 tries: ${errors.map(({ message }) => message).join(' | ')}`);
}

const ready = (outcome: AccountOutcome): PanelAccount => {
  if (outcome.outcome !== 'ready') throw new Error(`not ready: ${JSON.stringify(outcome)}`);
  return outcome.account;
};
/** @param start  a fresh simulator with the adapter on it, for each test */
export function panelContract(name: string, start: () => Promise<PanelHarness>): void {
  describe(`${name} keeps the contract of a panel`, () => {
    let harness: PanelHarness;
    let panel: Panel;
    beforeEach(async () => {
      harness = await start();
      ({ panel } = harness);
    });
    afterEach(() => harness.close());

    /** The adapter that meets the fault: only it is in a hurry, and only where the vendor is silent. */
    const facing = ({ kind }: Pick<Fault, 'kind'>) => (/timeout|latency/.test(kind) ? harness.hasty : panel);
    const make = async (wish = request()) => ({ wish, account: ready(await panel.ensureAccount(wish)) });
    const stateOf = async ({ externalId }: PanelAccount) => (await panel.find({ externalId }))?.state ?? 'gone';

    describe('making an account', () => {
      it('makes one, active, with the name we asked for', async () => {
        const wish = request();
        const outcome = await panel.ensureAccount(wish);
        expect(outcome).toMatchObject({
          outcome: 'ready',
          made: true,
          account: { username: wish.username, email: wish.email, state: 'active' },
        });
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it('finds the same one when it is asked again, and needs no password for that', async () => {
        const { wish, account } = await make();
        const initialPassword = jest.fn(() => Promise.resolve(SECRET));
        const again = await panel.ensureAccount({ ...wish, initialPassword });
        expect(again).toMatchObject({ outcome: 'ready', made: false, account: { externalId: account.externalId } });
        expect(initialPassword).not.toHaveBeenCalled();
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it('finds one that an earlier try made under another of its names and addresses', async () => {
        const { wish, account } = await make();
        const other = { username: usernameFor(wish.serviceId, 1), email: `more.${wish.email}` };
        const earlier = { otherUsernames: [wish.username], otherEmails: [wish.email] };
        const again = await panel.ensureAccount({ ...wish, ...other, ...earlier });
        expect(again).toMatchObject({ outcome: 'ready', made: false, account: { externalId: account.externalId } });
        expect(await panel.find({ ...wish, ...other, ...earlier })).toMatchObject({ externalId: account.externalId });
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it('makes one for a service that is asked for many times at once', async () => {
        const wish = request();
        const outcomes = await Promise.all(Array.from({ length: 8 }, () => panel.ensureAccount(wish)));
        expect(new Set(outcomes.map((outcome) => ready(outcome).externalId)).size).toBe(1);
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it('makes one for each of many services at once', async () => {
        const wishes = Array.from({ length: 20 }, () => request());
        const outcomes = await Promise.all(wishes.map((wish) => panel.ensureAccount(wish)));
        expect(new Set(outcomes.map((outcome) => ready(outcome).externalId)).size).toBe(20);
      });

      it("says that a name is taken, as a value, and leaves the other's account alone", async () => {
        const wish = request();
        harness.occupy({ username: wish.username, email: 'somebody@else.example' });
        expect(await panel.ensureAccount(wish)).toMatchObject({ outcome: 'taken', field: 'username' });
        const next = { ...wish, username: usernameFor(wish.serviceId, 1) };
        expect(ready(await panel.ensureAccount(next)).username).toBe(next.username);
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it('says that an address is taken, as a value', async () => {
        const wish = request();
        harness.occupy({ username: 'somebody', email: wish.email });
        expect(await panel.ensureAccount(wish)).toMatchObject({ outcome: 'taken', field: 'email' });
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 0, made: 0 });
      });

      it('SECR-04 never shows the password or the credentials in an error', async () => {
        for (const { fault } of FAULTS.filter(({ fault }) => !fault.kind.startsWith('timeout'))) {
          harness.fault({ ...harness.creation, ...fault, times: 1 });
          await panel.ensureAccount(request()).catch((error: Error) => {
            expect(`${error.message} ${error.stack}`).not.toContain(SECRET);
          });
          harness.clearFaults();
        }
        expect.hasAssertions();
      });
    });

    describe('whatever goes wrong, repeating ends with exactly one account', () => {
      it.each(FAULTS)('$what, while it is made', async ({ fault, creating, retryAfterMs }) => {
        const wish = request();
        harness.fault({ ...harness.creation, ...fault, times: 1 });
        const { errors, outcome } = await untilDone(panel, wish, facing(fault));
        expect(errors.map(({ name }) => name)).toEqual([creating]);
        if (retryAfterMs !== undefined) expect(errors[0]).toMatchObject({ retryAfterMs });
        expect(ready(outcome).username).toBe(wish.username);
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it.each(FAULTS)('$what, while it is looked for', async ({ fault, looking }) => {
        const wish = request();
        harness.fault({ ...harness.lookUp, ...fault, times: 1 });
        const { errors, outcome } = await untilDone(panel, wish, facing(fault));
        expect(errors.map(({ name }) => name)).toEqual([looking]);
        expect(ready(outcome).username).toBe(wish.username);
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it('the answer lost, then the look-up down, then 500 after the effect', async () => {
        const wish = request();
        harness.fault({ ...harness.creation, kind: 'lost-answer', times: 1 });
        await expect(panel.ensureAccount(wish)).rejects.toMatchObject({ name: UNKNOWN });
        harness.fault({ ...harness.lookUp, kind: 'error-before', status: 503, times: 2 });
        harness.fault({ ...harness.creation, kind: 'error-after', times: 1 });
        const { errors, outcome } = await untilDone(panel, wish);
        expect(errors.map(({ name }) => name)).toEqual([UNAVAILABLE, UNAVAILABLE]);
        expect(outcome).toMatchObject({ outcome: 'ready', made: false });
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });

      it('a second try while the first, given up, is still at work on the panel', async () => {
        const wish = request();
        harness.fault({ ...harness.creation, kind: 'latency', latencyMs: SILENCE_MS, times: 1 });
        const { errors } = await untilDone(panel, wish, harness.hasty);
        expect(errors.map(({ name }) => name)).toEqual([UNKNOWN]);
        // The first try gets there last, and must find the name taken.
        while (harness.creations() < 2) await new Promise(setImmediate);
        await expect(panel.ensureAccount(wish)).resolves.toMatchObject({ outcome: 'ready' });
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 1, made: 1 });
      });
    });

    describe('suspending and giving back', () => {
      it('converges, however often it is asked', async () => {
        const { account } = await make();
        await panel.ensureSuspended(account, 'Invoice HW-1 is overdue');
        await panel.ensureSuspended(account, 'Invoice HW-1 is overdue');
        expect(await stateOf(account)).toBe('suspended');
        await panel.ensureActive(account);
        await panel.ensureActive(account);
        expect(await stateOf(account)).toBe('active');
      });

      it.each(FAULTS)('ends as asked after $what', async ({ fault, creating }) => {
        const { account } = await make();
        harness.fault({ method: 'POST', ...fault, times: 1 });
        expect(await named(facing(fault).ensureSuspended(account, 'overdue'))).toBe(creating);
        harness.clearFaults();
        await panel.ensureSuspended(account, 'overdue');
        expect(await stateOf(account)).toBe('suspended');
      });

      it('of an account that is not there is for a person to look at', async () => {
        const { wish, account } = await make();
        await panel.ensureDeleted({ ...account, ...wish });
        expect(await named(panel.ensureSuspended(account, 'overdue'))).toBe('VendorRefused');
        expect(await named(panel.ensureActive(account))).toBe('VendorRefused');
      });
    });

    describe('deleting', () => {
      it('ends without the account; a missing one is success', async () => {
        const { wish, account } = await make();
        await panel.ensureDeleted({ ...account, ...wish });
        await panel.ensureDeleted({ ...account, ...wish });
        expect(await stateOf(account)).toBe('gone');
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 0, made: 1 });
      });

      it.each(FAULTS)('ends without the account after $what', async ({ fault }) => {
        const { wish, account } = await make();
        harness.fault({ method: 'DELETE', ...fault, times: 1 });
        expect(await named(facing(fault).ensureDeleted({ ...account, ...wish }))).not.toBe('no error');
        harness.clearFaults();
        await panel.ensureDeleted({ ...account, ...wish });
        expect(harness.accountsOf(wish.serviceId)).toEqual({ alive: 0, made: 1 });
      });

      it("never touches another service's account", async () => {
        const ours = request();
        const { wish: other, account } = await make();
        const wrong = { externalId: account.externalId, serviceId: ours.serviceId, username: ours.username };
        expect(await named(panel.ensureDeleted(wrong))).toBe('VendorRefused');
        expect(harness.accountsOf(other.serviceId)).toEqual({ alive: 1, made: 1 });
      });
    });

    describe('looking', () => {
      it('finds an account by service and by the panel’s own id', async () => {
        const { wish, account } = await make();
        expect(await panel.find(wish)).toMatchObject({ externalId: account.externalId });
        expect(await panel.find({ externalId: account.externalId })).toMatchObject({ username: wish.username });
      });

      it('finds nothing where there is nothing', async () => {
        const { wish, account } = await make();
        await panel.ensureDeleted({ ...account, ...wish });
        expect(await panel.find(wish)).toBeNull();
        expect(await panel.find({ externalId: account.externalId })).toBeNull();
        expect(await panel.find(request())).toBeNull();
      });

      it('lists every account with its state', async () => {
        const first = await make();
        const second = await make();
        await panel.ensureSuspended(second.account, 'overdue');
        const listed = (await panel.list()).map(({ username, state }) => [username, state]);
        expect(listed).toEqual(
          expect.arrayContaining([
            [first.wish.username, 'active'],
            [second.wish.username, 'suspended'],
          ]),
        );
      });

      it('tells the usage of an account', async () => {
        const { account } = await make();
        expect(await panel.usage(account)).toEqual(expect.any(Object));
      });
    });

    describe('the connection test', () => {
      it('passes with the right credentials and rights, and makes no account', async () => {
        await make();
        expect(await panel.check()).toMatchObject({ ok: true, accounts: 1 });
        expect(await panel.list()).toHaveLength(1);
      });

      it('fails with credentials that the panel does not know', async () => {
        const result = await harness.stranger.check();
        expect(result.ok).toBe(false);
        expect(result.steps.at(-1)).toMatchObject({ ok: false, message: expect.stringMatching(/key|secret|token/i) });
      });

      it('fails without the right to make accounts, though reading works', async () => {
        harness.mayCreate(false);
        const result = await panel.check();
        expect(result.ok).toBe(false);
        expect(result.steps.slice(0, -1).every(({ ok }) => ok)).toBe(true);
        expect(await named(panel.ensureAccount(request()))).toBe('VendorUnauthorized');
        harness.mayCreate(true);
        expect(await panel.check()).toMatchObject({ ok: true });
      });

      it('says that nobody answers, instead of throwing', async () => {
        await harness.close();
        expect(await panel.check()).toMatchObject({ ok: false });
      });

      it.each(FAULTS)('does not throw after $what', async ({ fault }) => {
        harness.fault({ ...harness.lookUp, ...fault, times: 1 });
        expect(await facing(fault).check()).toMatchObject({ ok: false });
        expect(await panel.check()).toMatchObject({ ok: true });
      });
    });

    it('an expired key is one cause for every step, until it is replaced', async () => {
      const { wish, account } = await make();
      harness.expireCredentials(true);
      const steps = [
        panel.ensureAccount(wish),
        panel.ensureSuspended(account, 'overdue'),
        panel.ensureActive(account),
        panel.ensureDeleted({ ...account, ...wish }),
        panel.find({ externalId: account.externalId }),
        panel.list(),
        panel.usage(account),
      ];
      expect(await Promise.all(steps.map(named))).toEqual(steps.map(() => 'VendorUnauthorized'));
      harness.expireCredentials(false);
      await expect(panel.ensureAccount(wish)).resolves.toMatchObject({ outcome: 'ready', made: false });
    });
  });
}
