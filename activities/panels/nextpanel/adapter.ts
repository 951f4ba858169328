/**
 * NextPanel, as nextpanel.md part A has it. The panel knows no idempotency, so this makes it: what an earlier try has
 * left is found by a name that is a pure function of the service, and adopted.
 */
import { excerpt, OutcomeUnknown, VendorRefused } from '#activities/http/vendor.ts';
import type { LicenseHandover, Panel, PanelRef } from '../panel.ts';
import { checkPanel } from './check.ts';
import { accountPath, nextPanelClient, type NextPanelConfig } from './client.ts';
import { ensureAccount } from './ensure-account.ts';
import {
  candidates,
  Changed,
  isOf,
  PackageList,
  Provisioned,
  readAccounts,
  serviceOf,
  Stats,
  toPanelAccount,
  whose,
} from './wire.ts';
import { saysAlready } from './words.ts';

export type { NextPanelCapabilities, NextPanelConfig } from './client.ts';

export function createNextPanel(config: NextPanelConfig): Panel {
  const { capabilities = {}, egressAddress, timeoutMs = 10_000 } = config;
  const client = nextPanelClient(config);
  const { vendor, http, call, must, look, one } = client;

  /** A change after which things are as we want them, also when they were before. */
  const converge = async (
    what: string,
    path: string,
    { method = 'POST', body, isDone }: { method?: 'POST' | 'DELETE'; body?: object; isDone: typeof saysAlready },
  ): Promise<void> => {
    const { ok, status, data, detail, refuse } = await call(what, path, { method, ...(body ? { body } : {}) });
    if (!ok && !isDone(status, detail)) throw refuse();
    // Text did not parse as JSON: some page in between answered, and who knows what the panel did.
    if (ok && typeof data === 'string') {
      throw new OutcomeUnknown(
        `${vendor} answered "${what}" with something unreadable: ${excerpt(data).slice(0, 200)}`,
      );
    }
  };

  return {
    ensureAccount: (request) => ensureAccount(client, config, request),

    ensureSuspended: ({ externalId: id }, reason) =>
      converge(`suspend account ${id}`, `${accountPath(id)}/suspend`, { body: { reason }, isDone: saysAlready }),

    ensureActive: ({ externalId: id }) =>
      converge(`unsuspend account ${id}`, `${accountPath(id)}/unsuspend`, { isDone: saysAlready }),

    async ensureDeleted({ externalId: id, serviceId, username }) {
      const account = await one(id);
      if (!account) return;
      if (!isOf(account, { serviceId, username })) {
        throw new VendorRefused(
          `${vendor} could not delete account ${id}: it is ${account.username}, made for ` +
            `${serviceOf(account) ?? 'somebody else'}, not for service ${serviceId}. Look at both; correct the account of ` +
            'the service, or delete by hand on the panel and skip.',
        );
      }
      await converge(`delete account ${id}`, accountPath(id), { method: 'DELETE', isDone: (status) => status === 404 });
    },

    async find(account) {
      if ('externalId' in account) {
        const found = await one(account.externalId);
        return found && toPanelAccount(found);
      }
      const met = whose(candidates(await look(), account), account);
      return met && 'ours' in met ? toPanelAccount(met.ours) : null;
    },

    list: async () => readAccounts(await look()).map(toPanelAccount),

    async usage({ externalId: id }) {
      const stats = await must(`tell the usage of account ${id}`, `${accountPath(id)}/stats`, { reply: Stats });
      return {
        domains: stats.total_domains,
        databases: stats.total_databases,
        mailboxes: stats.total_email_accounts,
        // The unit is not stated; bytes is what the field of the panel's own page suggests.
        diskBytes: stats.storage_used === undefined ? undefined : Math.round(stats.storage_used),
        lastSignInAt: instant(stats.last_login),
      };
    },

    check: ({ quick = false } = {}) => checkPanel(http, { baseURL: config.baseURL, egressAddress, timeoutMs, quick }),

    ...(capabilities.passwords
      ? {
          async setPassword({ externalId: id }: PanelRef, password: string) {
            const change = { method: 'PATCH', body: { password }, conceal: [password], reply: Changed } as const;
            await must(`set the password of account ${id}`, accountPath(id), change);
          },
        }
      : {}),

    ...(capabilities.licenses
      ? {
          async handOverLicense({ licenseKey, account, plan, quotas }: LicenseHandover) {
            const { externalId: id, username, email } = account;
            // The panel goes by the address, and makes an account where it knows none.
            if (email === '') {
              throw new VendorRefused(
                `${vendor} does not tell the address of account ${id} (${username}), by which it takes a license. Set the license ` +
                  'there by hand, and skip; or give the account an address on the panel, and retry.',
              );
            }
            const features = Object.fromEntries(Object.entries(quotas).map(([name, limit]) => [`max_${name}`, limit]));
            const went = await must(`take over a license of plan ${plan}`, '/api/v1/licenses/provision', {
              method: 'POST',
              body: { license_key: licenseKey, email, plan, features },
              conceal: [licenseKey],
              reply: Provisioned,
            });
            if (went.externalId !== id) {
              throw new VendorRefused(
                `${vendor} gave the license of account ${id} (${username}) to ${whichOf(went)}. Look at both on the panel: take it ` +
                  'away there if it is another account, set it on this one by hand, and skip.',
              );
            }
          },
        }
      : {}),

    ...(capabilities.packages
      ? { packages: () => must('list its packages', '/api/v1/billing/packages', { reply: PackageList }) }
      : {}),
  };
}

const whichOf = ({ externalId, username }: { externalId?: string | undefined; username?: string | undefined }) => {
  const name = username === undefined ? '' : ` (${excerpt(username)})`;
  return externalId === undefined ? `an account that it does not name${name}` : `account ${excerpt(externalId)}${name}`;
};

/** The panel writes instants without a zone; we take them as UTC. */
function instant(text: string | undefined): Date | undefined {
  if (!text) return undefined;
  const at = new Date(/Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
