import { incidentTitle } from '#domain/desk/incident-title.ts';
import { DECISION_LABELS, isRetryField, RETRY_FIELDS } from '#domain/desk/decisions.ts';
import type { z } from '@hono/zod-openapi';
import type { IncidentChoice } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { FindIncidents, IncidentList, IncidentSummary, IncidentView } from '../contracts/incidents.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { isoOf, isoOrNull } from '../http/sql-time.ts';
import { workflowUrl, type TemporalUi } from '../messages/temporal-links.ts';

interface IncidentRow {
  id: string;
  step: string;
  reason: string;
  status: 'open' | 'decided' | 'healed' | 'closed';
  adapter: string | null;
  gateway: string | null;
  parent_id: string | null;
  order_id: string | null;
  order_reference: string;
  customer_id: string | null;
  customer_name: string;
  customer_number: number;
  node_id: string | null;
  node_name: string;
  opened_at: string;
  closed_at: string | null;
}

interface WholeRow extends IncidentRow {
  message: string;
  choices: IncidentChoice[];
  workflow_id: string;
  decision: {
    actor: string;
    action: 'retry' | 'skip' | 'abort';
    input: Record<string, string>;
    note: string;
    at: string;
  } | null;
}

const COLUMNS = `i.id, i.step, i.reason, i.status, i.adapter, i.gateway, i.parent_id, i.opened_at, i.closed_at,
  i.order_id, o.reference as order_reference, i.customer_id, c.name as customer_name, c.number::integer as customer_number, i.node_id, n.name as node_name`;
const FROM = `from incident i left join "order" o on o.id = i.order_id left join customer c on c.id = i.customer_id
  left join node n on n.id = i.node_id`;

/** Open ones first, newest first within. */
export async function findIncidents(
  em: Em,
  { status, order_id: orderId, node_id: nodeId, after, limit }: z.infer<typeof FindIncidents>,
): Promise<z.infer<typeof IncidentList>> {
  const [sql, values] = pageQuery(
    `select ${COLUMNS} ${FROM}`,
    [
      !!status && ['i.status = ?', status],
      !!orderId && ['i.order_id = ?', orderId],
      !!nodeId && ['i.node_id = ?', nodeId],
      !!after && ["(i.status = 'open', i.id) < (select a.status = 'open', a.id from incident a where a.id = ?)", after],
    ],
    "(i.status = 'open') desc, i.id desc",
    limit,
  );
  const { page, next } = pageOf(await em.execute<IncidentRow[]>(sql, values), limit);
  return { incidents: page.map(summaryOf), next };
}

export async function readIncident(
  em: Em,
  id: string,
  ui: TemporalUi | undefined,
): Promise<z.infer<typeof IncidentView> | null> {
  const [row] = await em.execute<WholeRow[]>(
    `select ${COLUMNS}, i.message, i.choices, i.workflow_id,
       (select json_build_object('actor', coalesce(u.name, d.actor), 'action', d.action, 'input', d.input, 'note', d.note, 'at', d.decided_at)
          from incident_decision d left join user_account u on u.id::text = d.actor where d.incident_id = i.id) as decision
     ${FROM} where i.id = ?`,
    [id],
  );
  if (!row) return null;
  const { decision } = row;
  return {
    ...summaryOf(row),
    message: row.message,
    choices: row.choices.map(({ action, does, fields = [] }) => ({
      action,
      label: DECISION_LABELS[action],
      does,
      fields: fields.filter(isRetryField).map((name) => ({ name: onWire(name), ...RETRY_FIELDS[name] })),
    })),
    decision: decision && {
      actor: decision.actor,
      action: decision.action,
      input: Object.fromEntries(Object.entries(decision.input).map(([field, value]) => [onWire(field), value])),
      note: decision.note,
      decided_at: isoOf(decision.at),
    },
    workflow_id: row.workflow_id,
    workflow_url: workflowUrl(row.workflow_id, ui),
  };
}

const summaryOf = (row: IncidentRow): z.infer<typeof IncidentSummary> => ({
  id: row.id,
  title: incidentTitle({ ...row, node: row.node_name }),
  step: row.step,
  reason: row.reason,
  status: row.status,
  adapter: row.adapter,
  order: row.order_id ? { id: row.order_id, reference: row.order_reference } : null,
  customer: row.customer_id ? { id: row.customer_id, number: row.customer_number, name: row.customer_name } : null,
  node: row.node_id ? { id: row.node_id, name: row.node_name } : null,
  gateway: row.gateway,
  parent_id: row.parent_id,
  opened_at: isoOf(row.opened_at),
  closed_at: isoOrNull(row.closed_at),
});

/** `nodeId` in workflows is `node_id` in JSON. */
const onWire = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
