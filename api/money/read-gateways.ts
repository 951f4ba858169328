import type { z } from '@hono/zod-openapi';
import type { ApiConfiguration } from '#domain/configuration/configuration.ts';
import { offeredGateways } from '#domain/configuration/gateways/gateways.ts';
import { GATEWAYS, vendorLabel } from '#domain/vendors.ts';
import type { Em } from '#db/orm.ts';
import type { GatewayHealthView } from '../contracts/gateways.ts';
import { isoOrNull } from '../http/sql-time.ts';

type Shown = z.infer<typeof GatewayHealthView>;
type Row = Omit<Shown, 'label' | 'offered'>;

/** Every gateway with what its last check found, in the order in which they are offered. */
export async function readGateways(em: Em, config: ApiConfiguration): Promise<Shown[]> {
  const offered = offeredGateways(config);
  const rows = await em.execute<Row[]>(
    `select name, h.account, h.health, h.mode, h.webhook_url, coalesce(h.steps, '[]') as steps, h.checked_at,
       (select count(*)::int from incident i where i.gateway = name and i.status = 'open') as open_incidents
     from jsonb_array_elements_text(?::jsonb) with ordinality as g(name, position)
     left join gateway_health h on h.gateway = name order by position`,
    [JSON.stringify(GATEWAYS)],
  );
  return rows.map((row) => ({
    ...row,
    label: vendorLabel(row.name),
    offered: offered.includes(row.name),
    checked_at: isoOrNull(row.checked_at),
  }));
}
