import { Counter, Histogram, type Registry } from 'prom-client';
import type { LicenseCode } from '#domain/licenses/license-decision.ts';

const BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

/** What is counted about license checks; names of licenses and panels are never labels. */
export function createLicenseMetrics(registry: Registry) {
  const registers = [registry];
  const checks = new Counter({
    name: 'hostwright_license_checks_total',
    help: 'Answered license checks by code',
    labelNames: ['code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'hostwright_license_check_seconds',
    help: 'From the first byte of a license check to its answer',
    buckets: BUCKETS,
    registers,
  });
  const batches = new Histogram({
    name: 'hostwright_license_statement_questions',
    help: 'License checks answered by one statement',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200],
    registers,
  });
  const notAccepted = new Counter({
    name: 'hostwright_license_credentials_refused_total',
    help: 'License checks whose caller was not accepted',
    registers,
  });
  const unavailable = new Counter({
    name: 'hostwright_license_unknown_total',
    help: 'License checks answered with 503: we did not know',
    registers,
  });
  const unnamed = new Counter({
    name: 'hostwright_license_unnamed_features_total',
    help: 'License checks for a feature the license does not name',
    registers,
  });
  const byCode = new Map<LicenseCode, Counter.Internal>();
  return {
    start() {
      const since = performance.now();
      return () => seconds.observe((performance.now() - since) / 1000);
    },
    asked: (questions: number) => batches.observe(questions),
    answered(code: LicenseCode) {
      let counter = byCode.get(code);
      if (!counter) byCode.set(code, (counter = checks.labels(code)));
      counter.inc();
    },
    notAccepted: () => notAccepted.inc(),
    unavailable: () => unavailable.inc(),
    unnamedFeature: () => unnamed.inc(),
  };
}
export type LicenseMetrics = ReturnType<typeof createLicenseMetrics>;
