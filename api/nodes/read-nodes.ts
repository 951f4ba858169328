import type { z } from '@hono/zod-openapi';
import { callsLeft, NOTHING_SPENT } from '#domain/services/panel-budget.ts';
import { obstacle } from '#domain/services/placement.ts';
import { since } from '#db/nodes/calls-spent.ts';
import type { Em } from '#db/orm.ts';
import type { NodeView } from '../contracts/nodes.ts';
import { isoOf, isoOrNull } from '../http/sql-time.ts';

interface NodeRow {
  id: string;
  name: string;
  panel: string;
  base_url: string;
  public_url: string | null;
  location: string | null;
  capabilities: string[];
  capabilities_found: string[];
  capabilities_off: string[];
  capacity: number;
  slots_taken: number;
  calls_per_hour: number;
  calls_per_day: number;
  calls_hour: number;
  calls_day: number;
  draining: boolean;
  health: 'healthy' | 'failing';
  checked_at: string | null;
  version: string | null;
  credentials_changed_at: string;
  packages: Record<string, string>;
  panel_credentials: number;
  open_incidents: number;
}

/** Nodes as staff see them, by name. What is sealed is not even read (SECR-03). */
export async function readNodes(em: Em, asOf: Date, id?: string): Promise<z.infer<typeof NodeView>[]> {
  const { hourAgo, dayAgo } = since(asOf);
  const rows = await em.execute<NodeRow[]>(
    `select n.id, n.name, n.panel, n.base_url, n.public_url, n.location, n.capabilities, n.capabilities_found, n.capabilities_off, n.capacity, n.slots_taken,
       n.calls_per_hour, n.calls_per_day,
       (select coalesce(sum(calls), 0)::int from node_calls where node_id = n.id and began_at > ?) as calls_hour,
       (select coalesce(sum(calls), 0)::int from node_calls where node_id = n.id and began_at > ?) as calls_day,
       n.draining, n.health,
       n.checked_at, n.version, n.credentials_changed_at,
       (select coalesce(json_object_agg(p.code, pp.package_id order by p.sort_order, p.code), '{}')
          from plan_package pp join plan p on p.id = pp.plan_id where pp.node_id = n.id) as packages,
       (select count(*)::int from panel_credential pc where pc.node_id = n.id and pc.revoked_at is null
          and (pc.expires_at is null or pc.expires_at > ?)) as panel_credentials,
       (select count(*)::int from incident i where i.node_id = n.id and i.status = 'open') as open_incidents
     from node n ${id ? 'where n.id = ?' : ''} order by n.name`,
    [hourAgo, dayAgo, asOf, ...(id ? [id] : [])],
  );
  return rows.map(viewOf);
}

const WORDS = {
  full: 'It is full.',
  draining: 'It is draining: nothing new is placed on it.',
  failing: 'Its health check does not pass. Test it to see why.',
  no_package: 'No plan has a package on it. Name at least one in `packages`.',
};

function viewOf({ calls_hour: hour, calls_day: day, ...row }: NodeRow): z.infer<typeof NodeView> {
  const { slots_taken: taken, capacity, calls_per_hour: perHour, calls_per_day: perDay } = row;
  const [packageId = null] = Object.values(row.packages);
  const stands = obstacle({ ...row, slotsTaken: taken, packageId });
  return {
    ...row,
    calls_left: callsLeft({ perHour, perDay }, { ...NOTHING_SPENT, hour, day }),
    free_slots: Math.max(0, capacity - taken),
    utilization_percent: capacity === 0 ? 0 : Math.round((taken / capacity) * 1000) / 10,
    checked_at: isoOrNull(row.checked_at),
    credentials_changed_at: isoOf(row.credentials_changed_at),
    takes_orders: stands === null,
    because: stands && WORDS[stands],
  };
}
