import { DEFAULT_PANEL } from '#domain/vendors.ts';
import { newId } from '#domain/ids.ts';
import { Plan, PlanPrice, PlanQuota } from '../entities/index.ts';
import { inTransaction, type Orm } from '../orm.ts';

/** Monthly prices in minor units; a year costs ten months. -1 is unlimited. Source: the NextPanel contract, part D 22. */
const PLANS = [
  {
    code: 'starter',
    name: 'Starter',
    description: 'One account for a first site.',
    monthlyMinor: 2_900,
    quotas: { create_account: 1, create_domain: 3, create_database: 5, create_email: 10 },
  },
  {
    code: 'professional',
    name: 'Professional',
    description: 'Five accounts for an agency and its customers.',
    monthlyMinor: 9_900,
    quotas: { create_account: 5, create_domain: 25, create_database: 50, create_email: 100 },
  },
  {
    code: 'enterprise',
    name: 'Enterprise',
    description: 'As many accounts, domains, databases and mailboxes as the node bears.',
    monthlyMinor: 29_900,
    quotas: { create_account: -1, create_domain: -1, create_database: -1, create_email: -1 },
  },
] as const;

const CURRENCIES = ['EUR', 'USD'];

/** Fills an empty catalog; one that staff have touched stays as it is. */
export function seedCatalog(orm: Orm, asOf: Date): Promise<boolean> {
  return inTransaction(orm, async (em) => {
    if ((await em.count(Plan)) > 0) return false;
    PLANS.forEach(({ code, name, description, monthlyMinor, quotas }, sortOrder) => {
      const id = newId();
      const fixed = { panel: DEFAULT_PANEL, active: true, whenFull: 'wait', createdAt: asOf } as const;
      em.create(Plan, { id, code, name, description, sortOrder, ...fixed });
      for (const currency of CURRENCIES) {
        for (const [cycle, amountMinor] of [
          ['monthly', monthlyMinor],
          ['yearly', monthlyMinor * 10],
        ] as const) {
          em.create(PlanPrice, {
            id: newId(),
            planId: id,
            cycle,
            currency,
            amountMinor,
            active: true,
            createdAt: asOf,
          });
        }
      }
      for (const [feature, quota] of Object.entries(quotas)) em.create(PlanQuota, { planId: id, feature, quota });
    });
    return true;
  });
}
