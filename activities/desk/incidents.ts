import { newId } from '#domain/ids.ts';
import type { Stop } from '#domain/workflows/stop.ts';
import { audit, type AuditRecord } from '#db/audit/entry.ts';
import { Incident, IncidentDecision, Node, type IncidentChoice } from '#db/entities/index.ts';
import { inTransaction, type Em } from '#db/orm.ts';
import type { ActivityParts } from '../parts.ts';
import { wake } from '#db/messages/wake.ts';

export interface IncidentToOpen {
  id: string;
  workflowId: string;
  workflowType: string;
  step: {
    name: string;
    retry: string;
    skip?: string | undefined;
    abort?: string | undefined;
    fields?: readonly string[] | undefined;
  };
  stop: Stop;
  subject: { customerId?: string | undefined; orderId?: string | undefined; serviceId?: string | undefined };
  asOf: number;
}

export interface IncidentToClose {
  id: string;
  /** `closed`: something else stops the step now, and another incident says so. */
  how: 'decided' | 'healed' | 'closed';
  decided?: {
    actor: string;
    decision: {
      action: 'retry' | 'skip' | 'abort';
      note?: string;
      input?: { nodeId?: string; packageId?: string; username?: string };
    };
  };
  asOf: number;
}

export const createIncidentActivities = ({ orm }: Pick<ActivityParts, 'orm'>) => ({
  /**
   * Writes the incident row of a parked step. Refused credentials of one node or gateway are one cause for many
   * orders: the first row stands for it, the others hang below it. A run that was reset or started again parks anew, and
   * what its former self waited in is closed: nobody could decide it any more.
   */
  openIncident: (incident: IncidentToOpen): Promise<void> =>
    inTransaction(orm, async (em) => {
      if (await em.findOne(Incident, incident.id)) return;
      const { stop, subject, step } = incident;
      const now = new Date(incident.asOf);
      await closeUnheard(em, await em.find(Incident, { workflowId: incident.workflowId, status: 'open' }), now);
      em.create(Incident, {
        id: incident.id,
        workflowId: incident.workflowId,
        workflowType: incident.workflowType,
        step: step.name,
        reason: stop.stop,
        adapter: stop.adapter ?? null,
        customerId: subject.customerId ?? null,
        orderId: subject.orderId ?? null,
        serviceId: subject.serviceId ?? null,
        nodeId: await knownNode(em, stop.nodeId),
        gateway: stop.gateway ?? null,
        parentId: await sharedCause(em, stop),
        message: stop.message,
        choices: choicesOf(step),
        status: 'open',
        openedAt: now,
        closedAt: null,
      });
      audit(em, {
        at: now,
        actor: { type: 'workflow', id: incident.workflowId },
        action: 'incident.opened',
        object: { type: 'incident', id: incident.id },
        customerId: subject.customerId,
        reason: stop.stop,
        after: { step: step.name },
      });
    }),

  /** Closes it, with the decision if there was one; orders that wait for the same cause try again. */
  closeIncident: ({ id, how, decided, asOf }: IncidentToClose): Promise<void> =>
    inTransaction(orm, async (em) => {
      const incident = await em.findOneOrFail(Incident, id);
      if (incident.status === 'open') await close(em, incident, { how, decided }, new Date(asOf));
    }),
});
export type IncidentActivities = ReturnType<typeof createIncidentActivities>;

/** Incidents in which nobody waits any more, as their run is gone: nobody could decide them. */
export async function closeUnheard(em: Em, incidents: readonly Incident[], now: Date): Promise<void> {
  for (const incident of incidents) await close(em, incident, { how: 'closed' }, now);
}

type Ending = Pick<IncidentToClose, 'how' | 'decided'>;
async function close(em: Em, incident: Incident, { how, decided }: Ending, now: Date): Promise<void> {
  const { id } = incident;
  incident.status = how;
  incident.closedAt = now;
  const isOurs = decided && (await wasSent(em, id, decided.actor));
  if (decided) {
    const { action, note, input } = decided.decision;
    em.create(IncidentDecision, {
      id: newId(),
      incidentId: id,
      actor: isOurs ? decided.actor : `${decided.actor}, as given in the Temporal UI`,
      action,
      input: Object.fromEntries(
        Object.entries(input ?? {}).filter((field): field is [string, string] => field[1] !== undefined),
      ),
      note: note ?? '',
      decidedAt: now,
    });
  }
  audit(em, {
    at: now,
    actor: decided ? deciderOf(decided.actor, isOurs) : { type: 'workflow', id: incident.workflowId },
    action: `incident.${how}`,
    object: { type: 'incident', id },
    customerId: incident.customerId ?? undefined,
    reason: decided?.decision.note,
    after: decided ? { action: decided.decision.action } : undefined,
  });
  await wake(em, { because: `incident/${id}`, parentId: id }, now);
}

function choicesOf(step: IncidentToOpen['step']): IncidentChoice[] {
  return (['retry', 'skip', 'abort'] as const).flatMap((action) => {
    const does = step[action];
    if (!does) return [];
    return [{ action, does, ...(action === 'retry' && step.fields ? { fields: [...step.fields] } : {}) }];
  });
}

/** Whether a person gave the decision through our API. Whoever pastes one into the Temporal UI may write any name. */
async function wasSent(em: Em, incidentId: string, actor: string): Promise<boolean> {
  const sent = await em.execute<unknown[]>(
    `select from audit_entry where object_type = 'incident' and object_id = ? and action = 'incident.decision_sent'
       and ? in (actor_id, on_behalf_of) limit 1`,
    [incidentId, actor],
  );
  return sent.length > 0;
}

const deciderOf = (actor: string, isOurs: boolean | undefined): AuditRecord['actor'] =>
  isOurs ? { type: 'staff', id: actor } : { type: 'system', id: 'Temporal UI', onBehalfOf: actor };

/** Staff may have asked for a node that is not there; the message says so, the row cannot. */
const knownNode = async (em: Em, nodeId: string | undefined): Promise<string | null> =>
  nodeId && (await em.count(Node, { id: nodeId })) > 0 ? nodeId : null;

async function sharedCause(em: Em, { stop, nodeId, gateway }: Stop): Promise<string | null> {
  if (stop !== 'VendorUnauthorized' || (!nodeId && !gateway)) return null;
  const where = nodeId ? { nodeId } : { gateway: gateway! };
  // Two that park in the same moment must not both stand for the cause.
  await em.execute('select pg_advisory_xact_lock(hashtext(?))', [`cause/${nodeId ?? gateway}`]);
  const first = await em.findOne(
    Incident,
    { ...where, reason: stop, status: 'open', parentId: null },
    { orderBy: { openedAt: 'asc' } },
  );
  return first?.id ?? null;
}
