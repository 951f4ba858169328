import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { isLicenseKeyShape } from '#domain/licenses/license-key.ts';
import { decideLicense } from '#domain/licenses/license-decision.ts';
import { licenseKeyHash } from '#db/licenses/license-keys.ts';
import {
  openLicensePath,
  type LicenseQuestion,
  type SecurityEvent,
  type SeenLicense,
} from '#db/licenses/license-path.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import { createAfter } from './after.ts';
import { createAllowances, type AllowanceLimits, type Refused } from './allowances.ts';
import { limitedDecision, notAcceptedDecision, renderAnswer } from './answer.ts';
import { createCallers, NotAccepted, type Asked, type Caller } from './callers.ts';
import { createCoalescer } from './coalesce.ts';
import type { LicenseMetrics } from './metrics.ts';

export interface CheckParts {
  /** postgres:// of the role hostwright_license. */
  databaseUrl: string;
  sealer: Sealer;
  /** From `licensePepper`. */
  pepper: KeyObject;
  /** LEGACY_LICENSE_SECRET: switches legacy signing on. */
  legacySecret?: string | undefined;
  /** LEGACY_UNSIGNED_SOURCES: switches unsigned checks on. */
  unsignedSources?: readonly string[];
  log: Pick<Logger, 'warn' | 'error' | 'info'>;
  limits?: AllowanceLimits;
  /** How long the database works at a statement at most; then we do not know. */
  statementMs?: number;
  nowMs?: () => number;
}

const QUEUE = { inFlight: 2, most: 200, queue: 2_000, waitMs: 500 };

/**
 * Answers license questions: who asks, whether he may ask now, what the row says. The first thing that is not so
 * is the answer. What a check leaves behind is written later, so a check writes nothing.
 */
export function createLicenseChecks(parts: CheckParts, metrics: LicenseMetrics) {
  const { pepper, log, nowMs = Date.now } = parts;
  const path = openLicensePath({
    url: parts.databaseUrl,
    ...(parts.statementMs && { statementMs: parts.statementMs }),
    onLostConnection: (error) => log.warn({ error: error.message }, 'license path lost a connection'),
  });
  const askLicense = createCoalescer<LicenseQuestion, SeenLicense | null>({
    ...QUEUE,
    nowMs,
    ask(questions) {
      metrics.asked(questions.length);
      return path.askLicenses(questions);
    },
  });
  const allowances = createAllowances(parts.limits);
  const after = createAfter({
    path,
    onError: (error) => log.warn({ error: String(error) }, 'license statistics wait for the database'),
  });
  const callers = createCallers({
    path,
    sealer: parts.sealer,
    legacySecret: parts.legacySecret,
    unsignedSources: parts.unsignedSources ?? [],
    isGuessing: (network) => allowances.isGuessing(network, nowMs()),
    nowMs,
  });
  const sayUnnamed = createUnnamedLog(log);

  function notAccepted(asked: Asked, { reason, panelId }: NotAccepted): Response {
    metrics.notAccepted();
    const actor: SecurityEvent['actor'] = panelId ? { type: 'panel', id: panelId } : { type: 'anonymous', id: null };
    tell('license.credentials_refused', actor, asked.network, reason);
    const limited = allowances.refused(asked.network, nowMs());
    const decision = limited
      ? limitedDecision(limited)
      : notAcceptedDecision(isLicenseKeyShape(asked.check.license_key));
    return renderAnswer({ caller: null, decision, expiresAt: null, limited, nowMs: nowMs() });
  }

  function tooOften(caller: Caller, limited: Refused): Response {
    metrics.answered('RATE_LIMITED');
    return renderAnswer({ caller, decision: limitedDecision(limited), expiresAt: null, limited, nowMs: nowMs() });
  }

  function tell(action: string, actor: SecurityEvent['actor'], network: string, reason: string) {
    after.happened({ action, actor, object: { type: 'license_check', id: null }, network, detail: { reason } });
  }

  function answer(asked: Asked, caller: Caller, license: SeenLicense | null): Response {
    const { feature, license_key: key } = asked.check;
    if (!license) {
      const limited = allowances.missed(caller.account, nowMs());
      if (limited) {
        tell('license.unknown_keys', actorOf(caller), asked.network, 'asks for many licenses that are not there');
        return tooOften(caller, limited);
      }
    }
    const decision = decideLicense(license, feature, license !== null || isLicenseKeyShape(key));
    metrics.answered(decision.code);
    if (license && decision.error === null) after.checked(license.id);
    if (license?.status === 'active' && license.quota === null) {
      metrics.unnamedFeature();
      sayUnnamed(license.id, feature);
    }
    return renderAnswer({ caller, decision, expiresAt: license?.expiresAt ?? null, limited: null, nowMs: nowMs() });
  }

  return {
    /** @throws Overloaded, or the database's error: we do not know, and say neither yes nor no */
    async check(asked: Asked): Promise<Response> {
      const found = callers.identify(asked);
      const caller = found instanceof Promise ? await found : found;
      if (caller instanceof NotAccepted) return notAccepted(asked, caller);
      if (caller.credentialId) after.usedCredential(caller.credentialId);

      const keyHash = licenseKeyHash(pepper, asked.check.license_key);
      const license = keyHash.toString('latin1', 0, 12);
      const limited =
        caller.kind === 'legacy' || caller.kind === 'unsigned'
          ? allowances.askLegacy(caller.account, license, nowMs())
          : allowances.ask(caller.account, license, nowMs());
      if (limited) return tooOften(caller, limited);
      const { feature } = asked.check;
      return answer(asked, caller, await askLicense({ keyHash, feature, nodeId: caller.nodeId }));
    },
    /** Writes what checks have left behind until now. */
    flush: after.flush,
    async close() {
      await after.close();
      await path.close();
    },
  };
}

const actorOf = ({ kind, account }: Caller): SecurityEvent['actor'] =>
  kind === 'panel' || kind === 'api_key' ? { type: kind, id: account } : { type: 'anonymous', id: null };

/** Says once per license and feature that a plan does not name it (PANEL-06), for so many; then the metric counts on. */
function createUnnamedLog(log: Pick<Logger, 'info'>, most = 10_000) {
  const said = new Set<string>();
  return (licenseId: string, feature: string) => {
    const key = `${licenseId} ${feature}`;
    if (said.has(key) || said.size >= most) return;
    said.add(key);
    log.info({ licenseId, feature }, 'a license was asked for a feature its plan does not name');
  };
}
