import { asNobody, type ActingOrm } from '#db/acting.ts';
import { audit, type AuditRecord } from '#db/audit/entry.ts';
import type { Em } from '#db/orm.ts';
import type { OpenedPayload } from '#temporal-config/payload-codec.ts';
import { actedBy, auditRequest, type ApiContext } from '../http/context.ts';

const QUARTER_MS = 15 * 60_000;
/** For replicas whose clocks differ. */
const LATE_MS = 60_000;

type Result = 'ok' | 'failed';

/**
 * Writes down that somebody read histories: an entry when he begins to read a workflow in a quarter of an hour, at
 * once; whatever else he reads of it in that quarter is counted, and told when it is over. A page of the Temporal UI
 * asks dozens of times.
 * @param opened  what is about to be shown; what was never encrypted is no secret and is not counted
 */
export async function explainReading(orm: ActingOrm, c: ApiContext, opened: readonly OpenedPayload[]): Promise<void> {
  const counts = new Map<string, number>();
  for (const { isEncrypted, workflowId = '' } of opened) {
    if (isEncrypted) counts.set(workflowId, (counts.get(workflowId) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  await asNobody(orm, async (em) => {
    // In one order, so that two requests never wait for each other.
    for (const workflowId of [...counts.keys()].toSorted()) {
      await count(c, em, { workflowId, result: 'ok', payloads: counts.get(workflowId)! });
    }
  });
}

/** The same of what did not open, none of which is shown. @param because  says no more than which key it wants */
export const explainUnread = (orm: ActingOrm, c: ApiContext, payloads: number, because: string): Promise<void> =>
  asNobody(orm, (em) => count(c, em, { workflowId: '', result: 'failed', payloads, because }));

async function count(
  c: ApiContext,
  em: Em,
  { workflowId, result, payloads, because }: Reading & { because?: string },
): Promise<void> {
  const { actor } = actedBy(c);
  const quarter = new Date(Math.floor(c.get('asOf').getTime() / QUARTER_MS) * QUARTER_MS);
  const [row] = await em.execute<{ requests: number }[]>(
    `insert into payload_reading as p (reader, workflow_id, result, quarter_at, actor, payloads) values (?, ?, ?, ?, ?::jsonb, ?)
     on conflict (reader, workflow_id, result, quarter_at)
       do update set payloads = p.payloads + excluded.payloads, requests = p.requests + 1
     returning requests`,
    [`${actor.type}/${actor.id ?? ''}`, workflowId, result, quarter, JSON.stringify(actor), payloads],
  );
  if (row!.requests > 1) return;
  auditRequest(c, em, { ...entryOf({ workflowId, result, payloads }), reason: because });
}

interface Reading {
  workflowId: string;
  result: Result;
  payloads: number;
}

const entryOf = ({ workflowId, result, payloads }: Reading) => ({
  action: 'payloads.decoded',
  object: { type: 'workflow_payloads', id: workflowId || undefined },
  after: { count: payloads },
  result,
});

interface CountedRow extends Reading {
  actor: AuditRecord['actor'];
  requests: number;
  from: string;
}

/**
 * Tells what was counted in quarters that are over; where the first entry said it all, nothing more. Whichever replica
 * takes a row away writes its entry, so there is one. @returns how many entries
 */
export const closeReadings = (orm: ActingOrm, asOf: Date): Promise<number> =>
  asNobody(orm, async (em) => {
    const rows = await em.execute<CountedRow[]>(
      `delete from payload_reading where quarter_at <= ?
       returning actor, workflow_id as "workflowId", result, payloads, requests,
         to_char(quarter_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "from"`,
      [new Date(asOf.getTime() - QUARTER_MS - LATE_MS)],
    );
    const more = rows.filter(({ requests }) => requests > 1);
    for (const { actor, requests, from, ...reading } of more) {
      const after = { count: reading.payloads, requests, from, minutes: QUARTER_MS / 60_000 };
      audit(em, { at: asOf, actor, ...entryOf(reading), action: 'payloads.counted', after });
    }
    return more.length;
  });
