import type { SimulatedAccount } from '#activities/panels/nextpanel/simulator/accounts.ts';
import type { Customer, Expectation, ReadHappenings } from './happening.ts';

const aspect = 'account';

/** What became of the account at the panel, as the panel has it. */
export const expectAccount = (
  { customerId }: Customer,
  ...texts: ('made' | 'suspended' | 'active again' | 'deleted')[]
): Expectation => ({ aspect, customerId, texts });

export const readAccounts: ReadHappenings = async ({ db, vendors }) => {
  const [accounts, services] = await Promise.all([
    vendors.panel.get<SimulatedAccount[]>('/accounts'),
    db.sql<{ id: string; customer_id: string }>(`select id, customer_id from service`),
  ]);
  const owners = new Map(services.map((service) => [service.id, service.customer_id]));
  return accounts.flatMap(({ id, metadata, journal = [] }) =>
    journal.map(({ at, state }, turn) => ({
      aspect,
      key: `account/${id}/${turn}`,
      at: new Date(at),
      customerId: owners.get(String(metadata?.['billing_service_id'])) ?? null,
      text: turn === 0 ? 'made' : state === 'active' ? 'active again' : state,
    })),
  );
};
